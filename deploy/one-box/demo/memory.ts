import { readFileSync } from 'node:fs';
import type { CloudState } from '../state-file.ts';

export interface ProcessMemory {
  readonly name: string;
  readonly megabytes: number;
}

/** Resident memory of each process of the cloud; those that ended a moment ago are left out. */
export function memoryOf(state: CloudState): readonly ProcessMemory[] {
  const processes = { supervisor: state.supervisor, ...state.processes };
  return Object.entries(processes)
    .map(([name, { pid }]) => ({ name, megabytes: residentMegabytes(pid) }))
    .filter(({ megabytes }) => megabytes > 0);
}

function residentMegabytes(pid: number): number {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Number(kilobytes ?? 0) / 1024;
  } catch {
    return 0;
  }
}
