import { readFile, statfs } from 'node:fs/promises';
import { availableParallelism } from 'node:os';

/** What `GET details` tells of the machine, by the names it has there. */
export interface HostFigures {
  readonly cpu_count: number;
  readonly cpu: {
    readonly total: number;
    readonly user: string;
    readonly system: string;
    readonly soft_irq: string;
  };
  readonly memory: Readonly<Record<string, number>>;
  readonly disk: { readonly used: number; readonly available: number };
  readonly load: readonly string[];
  readonly active_tuned_profiles: string;
}

const MEMORY_FIELDS: readonly (readonly [name: string, source: string])[] = [
  ['total', 'MemTotal'],
  ['free', 'MemFree'],
  ['buffers', 'Buffers'],
  ['cached', 'Cached'],
  ['swap_used', 'SwapCached'],
  ['shared', 'Shmem'],
  ['slab', 'Slab'],
];
const TUNED_PROFILES = '/etc/tuned/active_profile';

export async function readHostFigures(): Promise<HostFigures> {
  const [stat, memory, load, disk, tuned] = await Promise.all([
    readFile('/proc/stat', 'utf8'),
    readFile('/proc/meminfo', 'utf8'),
    readFile('/proc/loadavg', 'utf8'),
    statfs('/'),
    readFile(TUNED_PROFILES, 'utf8').catch(() => ''),
  ]);
  return {
    cpu_count: availableParallelism(),
    cpu: cpuFigures(stat),
    memory: Object.fromEntries(
      MEMORY_FIELDS.map(([name, source]) => [name, memoryKilobytes(memory, source)]),
    ),
    disk: { used: (disk.blocks - disk.bfree) * disk.bsize, available: disk.bavail * disk.bsize },
    load: load.split(' ').slice(0, 3),
    active_tuned_profiles: tuned.trim(),
  };
}

/** Jiffies of all processors together; only the total is a number, as controllers expect it. */
function cpuFigures(stat: string): HostFigures['cpu'] {
  const fields = (stat.split('\n', 1)[0] ?? '').split(/\s+/).slice(1);
  return {
    total: fields.reduce((sum, field) => sum + (Number(field) || 0), 0),
    user: fields[0] ?? '0',
    system: fields[2] ?? '0',
    soft_irq: fields[6] ?? '0',
  };
}

function memoryKilobytes(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1] ?? 0);
}
