import { execFileSync } from 'node:child_process';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { receiveBufferBytesMax } from './receiver.ts';

/** On what the figures were taken: they mean little without. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGib: number;
  readonly kernel: string;
  readonly node: string;
  /** What `net.core.rmem_max` grants. */
  readonly receiveBufferBytesMax: number;
  /** Load average of the minute before: anything above a few tenths spoils the figures. */
  readonly loadBefore: number;
  readonly commit: string;
}

export function thisMachine(): Machine {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    receiveBufferBytesMax: receiveBufferBytesMax(),
    loadBefore: loadavg()[0] ?? 0,
    commit: commit(),
  };
}

function commit(): string {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}
