import { existsSync } from 'node:fs';

/** What keeps local volumes from being mounted on this host; null: nothing. */
export function loopDeviceProblem(): string | null {
  return existsSync('/dev/loop-control')
    ? null
    : 'needs loop devices; the kernel has none without /dev/loop-control';
}
