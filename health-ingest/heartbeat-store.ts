import type { Redis } from 'ioredis';
import type { Clock } from '#core/ports/clock.ts';
import type { Batch } from './batch.ts';
import type { RedisClock } from './redis-clock.ts';
import { packStatistics, packStatuses } from './report-codec.ts';

/**
 * What lies in Redis. All of it is soft state: lost, it comes back with the next heartbeats. The braces are a hash tag:
 * a cluster keeps the keys of one `prefix` together, so that one command may touch them all.
 *
 * | key | type | content |
 * | --- | --- | --- |
 * | `{prefix}:last-seen` | sorted set | amphora id, scored by the milliseconds of its last heartbeat by Redis' clock |
 * | `{prefix}:mismatch` | sorted set | amphora id, scored by when its listeners ceased to be those expected |
 * | `{prefix}:statuses` | stream | `id`, `body`: a batch of status reports, see report-codec.ts |
 * | `{prefix}:statistics` | stream | `id`, `body`: a batch of statistics, its id in the database once it is added |
 * | `{prefix}:mark` | string | anything: missing, the rest was lost too |
 */
export function heartbeatKeys(prefix: string): HeartbeatKeys {
  const key = (name: string): string => `{${prefix}}:${name}`;
  return {
    lastSeen: key('last-seen'),
    mismatch: key('mismatch'),
    statuses: key('statuses'),
    statistics: key('statistics'),
    mark: key('mark'),
  };
}

export interface HeartbeatKeys {
  readonly lastSeen: string;
  readonly mismatch: string;
  readonly statuses: string;
  readonly statistics: string;
  readonly mark: string;
}

export const KEY_PREFIX = 'octavia-health';

/** Batches a stream holds at most. Status reports come again by themselves; of statistics this bounds what a long outage costs. */
const BATCHES_MAX = 20_000;

const ENTRIES_PER_COMMAND_MAX = 1000;

/**
 * Writes one batch in one round trip, and learns the time by the way. Sent twice it does no harm: a last-seen time only
 * grows, a status only repeats, and statistics carry the batch's id.
 */
export async function appendBatch(
  redis: Redis,
  keys: HeartbeatKeys,
  batch: Batch,
  clock: { readonly redis: RedisClock; readonly local: Clock },
): Promise<void> {
  const askedAtMs = clock.local.monotonicMs();
  const pipeline = redis.pipeline().time();
  for (const part of chunked(batch.lastSeenMs))
    pipeline.zadd(keys.lastSeen, 'GT', ...part.flatMap(([id, atMs]) => [atMs, id]));
  for (const part of chunked(batch.statuses.values()))
    append(pipeline, keys.statuses, batch.id, packStatuses(part));
  for (const [index, part] of chunked(batch.statistics.values()).entries())
    append(pipeline, keys.statistics, `${batch.id}.${index}`, packStatistics(part));
  const results = (await pipeline.exec()) ?? [];
  const failure = results.find(([error]) => error !== null)?.[0];
  if (failure) throw failure;
  const time = results[0]?.[1];
  if (Array.isArray(time)) clock.redis.learn([time[0], time[1]], askedAtMs);
}

function append(
  pipeline: ReturnType<Redis['pipeline']>,
  key: string,
  id: string,
  body: Buffer,
): void {
  pipeline.xadd(key, 'MAXLEN', '~', BATCHES_MAX, '*', 'id', id, 'body', body);
}

/** Commands of a size that Redis runs without holding up others. */
function chunked<Item>(items: Iterable<Item>): readonly Item[][] {
  const all = [...items];
  return Array.from({ length: Math.ceil(all.length / ENTRIES_PER_COMMAND_MAX) }, (_, index) =>
    all.slice(index * ENTRIES_PER_COMMAND_MAX, (index + 1) * ENTRIES_PER_COMMAND_MAX),
  );
}
