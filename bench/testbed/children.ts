import { rmSync } from 'node:fs';

const pids = new Set<number>();
const folders = new Set<string>();
let isWatching = false;

/**
 * Has a process killed when this one ends, however it ends but by SIGKILL.
 * @returns to be called once it has ended by itself: its number may be somebody else's then
 */
export function endWithUs(pid: number): () => void {
  pids.add(pid);
  watch();
  return () => pids.delete(pid);
}

/** The same for a folder: it is removed. */
export function removeWithUs(folder: string): void {
  folders.add(folder);
  watch();
}

function watch(): void {
  if (isWatching) return;
  isWatching = true;
  process.on('exit', clean);
  process.on('SIGINT', () => process.exit(130));
  process.on('SIGTERM', () => process.exit(143));
}

function clean(): void {
  for (const pid of pids) attempt(() => process.kill(pid, 'SIGKILL'));
  for (const folder of folders) attempt(() => rmSync(folder, { recursive: true, force: true }));
}

/** What has gone already is as good. */
function attempt(step: () => void): void {
  try {
    step();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
  }
}
