import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';

/** How busy the amphora itself is, in percent: of its processors (more than 100 when some work waits) and its memory. */
export async function machineMetrics(): Promise<string> {
  const [load, memory] = await Promise.all([
    readFile('/proc/loadavg', 'utf8'),
    readFile('/proc/meminfo', 'utf8'),
  ]);
  return (
    gauge('octavia_loadbalancer_cpu', 'Load balancer CPU utilization, in percent.', cpu(load)) +
    gauge('octavia_loadbalancer_memory', 'Load balancer memory in use, in percent.', used(memory))
  );
}

function gauge(name: string, help: string, percent: number): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${name} ${percent.toFixed(1)}\n`;
}

function cpu(loadAverages: string): number {
  return ((Number(loadAverages.split(' ')[0]) || 0) / availableParallelism()) * 100;
}

/** Buffers and cache are not in use: the kernel gives them up as soon as somebody needs the memory. */
function used(meminfo: string): number {
  const kib = (field: string): number =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(meminfo)?.[1] ?? 0);
  const total = kib('MemTotal');
  return total === 0 ? 0 : ((total - kib('MemAvailable')) / total) * 100;
}
