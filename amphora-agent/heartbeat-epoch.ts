import { EPOCH_MAX } from '#core/heartbeat/view.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { Logger } from '#core/ports/logger.ts';
import { readIfPresent, writeWhole } from './apply/atomic-file.ts';

const MODE = 0o644;

/**
 * Tells this process from those before it: the second it started, or more. A receiver takes a heartbeat of an older
 * epoch for a replay, so an agent that was restarted within a second, or after its clock was set back, must not seem
 * older than it was: the last epoch is on disk. Without a disk the clock has to do.
 */
export async function beginEpoch(file: string, clock: Clock, logger: Logger): Promise<number> {
  const now = Math.floor(clock.nowMs() / 1000);
  try {
    const stored = Number((await readIfPresent(file))?.toString('utf8') ?? 0);
    const last = Number.isSafeInteger(stored) && stored >= 0 ? stored : 0;
    // A clock beyond what the wire carries is wrong.
    const epoch = Math.min(Math.max(last + 1, now <= EPOCH_MAX ? now : 0), EPOCH_MAX);
    await writeWhole(file, `${epoch}\n`, MODE);
    return epoch;
  } catch (error) {
    logger.warn({ error, file }, 'when this agent started is not on disk');
    return Math.min(Math.max(now, 1), EPOCH_MAX);
  }
}
