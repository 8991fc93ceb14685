const pids = new Set<number>();
let isWatching = false;

/** Has a process killed when this one ends, however it ends but by SIGKILL. */
export function endWithUs(pid: number): void {
  pids.add(pid);
  if (isWatching) return;
  isWatching = true;
  process.on('exit', killAll);
  process.on('SIGINT', () => process.exit(130));
  process.on('SIGTERM', () => process.exit(143));
}

function killAll(): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended already.
    }
  }
}
