import type { Redis } from 'ioredis';
import type { HeartbeatKeys } from './heartbeat-store.ts';

export interface Silent {
  readonly amphoraId: string;
  /** By Redis' clock. */
  readonly sinceMs: number;
  /** `silent`: no heartbeat. `wrong-listeners`: it reports, but does not carry what it should. */
  readonly reason: 'silent' | 'wrong-listeners';
}

export interface Glance {
  /** An answer of TIME. */
  readonly time: readonly [unknown, unknown];
  /** Null: Redis has lost what it knew. */
  readonly mark: string | null;
  readonly silent: readonly Silent[];
}

const SILENT_MAX = 10_000;
const IDS_PER_COMMAND_MAX = 1000;

/** One look at Redis, in one transaction there, so that time, mark and silence belong together. */
export async function glance(redis: Redis, keys: HeartbeatKeys, beforeMs: number): Promise<Glance> {
  const range = ['-inf', beforeMs, 'WITHSCORES', 'LIMIT', 0, SILENT_MAX] as const;
  const results =
    (await redis
      .multi()
      .time()
      .get(keys.mark)
      .zrangebyscore(keys.lastSeen, ...range)
      .zrangebyscore(keys.mismatch, ...range)
      .exec()) ?? [];
  const [time, mark, silent, wrong] = results.map(([error, value]) => {
    if (error) throw error;
    return value;
  });
  return {
    time: time as [unknown, unknown],
    mark: mark as string | null,
    silent: unique([
      ...silentOf(silent as string[], 'silent'),
      ...silentOf(wrong as string[], 'wrong-listeners'),
    ]),
  };
}

function silentOf(pairs: readonly string[], reason: Silent['reason']): readonly Silent[] {
  return Array.from({ length: pairs.length / 2 }, (_, index) => ({
    amphoraId: pairs[2 * index] ?? '',
    sinceMs: Number(pairs[2 * index + 1]),
    reason,
  }));
}

/** Silent is the graver of the two. */
function unique(all: readonly Silent[]): readonly Silent[] {
  const byId = new Map<string, Silent>();
  for (const one of all) if (!byId.has(one.amphoraId)) byId.set(one.amphoraId, one);
  return [...byId.values()];
}

/** Sets the mark, or leaves the one that another manager has just set. @returns the mark that is there now */
export async function setMark(
  redis: Redis,
  keys: HeartbeatKeys,
  mark: string,
): Promise<string | null> {
  await redis.set(keys.mark, mark, 'NX');
  return redis.get(keys.mark);
}

/** Enters amphorae that have never reported as seen just now, so that their silence is noticed too. */
export async function expectReports(
  redis: Redis,
  keys: HeartbeatKeys,
  amphoraIds: readonly string[],
  nowMs: number,
): Promise<void> {
  for (const ids of chunked(amphoraIds))
    await redis.zadd(keys.lastSeen, 'NX', ...ids.flatMap((id) => [nowMs, id]));
}

/** Takes out amphorae of which nothing is expected any more. */
export async function forget(
  redis: Redis,
  keys: HeartbeatKeys,
  amphoraIds: readonly string[],
): Promise<void> {
  for (const ids of chunked(amphoraIds))
    await redis
      .multi()
      .zrem(keys.lastSeen, ...ids)
      .zrem(keys.mismatch, ...ids)
      .exec();
}

/** Times ahead of the clock, left by a clock that was set back, would hide a death for as long. */
export async function pullBack(redis: Redis, keys: HeartbeatKeys, nowMs: number): Promise<number> {
  const ahead = await redis.zrangebyscore(
    keys.lastSeen,
    nowMs + CLOCK_SLACK_MS,
    '+inf',
    'LIMIT',
    0,
    SILENT_MAX,
  );
  for (const ids of chunked(ahead))
    await redis.zadd(keys.lastSeen, 'XX', ...ids.flatMap((id) => [nowMs, id]));
  return ahead.length;
}

const CLOCK_SLACK_MS = 2000;

/** @returns those seen after the given moment */
export async function seenSince(
  redis: Redis,
  keys: HeartbeatKeys,
  amphoraIds: readonly string[],
  afterMs: number,
): Promise<readonly string[]> {
  const seen: string[] = [];
  for (const ids of chunked(amphoraIds)) {
    const scores = await redis.zmscore(keys.lastSeen, ...ids);
    ids.forEach((id, index) => {
      const score = scores[index];
      if (score !== null && score !== undefined && Number(score) > afterMs) seen.push(id);
    });
  }
  return seen;
}

function chunked(ids: readonly string[]): readonly string[][] {
  return Array.from({ length: Math.ceil(ids.length / IDS_PER_COMMAND_MAX) }, (_, index) =>
    ids.slice(index * IDS_PER_COMMAND_MAX, (index + 1) * IDS_PER_COMMAND_MAX),
  );
}
