import { Redis } from 'ioredis';
import type { Event } from './event.ts';
import type { EventSink } from './sink.ts';

const CONNECT_TIMEOUT_MS = 5000;
const COMMAND_TIMEOUT_MS = 10_000;

export interface RedisSinkOptions {
  readonly url: string;
  readonly stream: string;
  readonly lengthMax: number;
  /** Told once until it is back. */
  readonly onError: (error: Error) => void;
}

/**
 * A Redis stream. An entry's id is the event's sequence, so that Redis itself refuses what it has already: readers see
 * each event once, unless the stream was lost.
 */
export function redisSink({ url, stream, lengthMax, onError }: RedisSinkOptions): EventSink {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: CONNECT_TIMEOUT_MS,
    commandTimeout: COMMAND_TIMEOUT_MS,
    maxRetriesPerRequest: 1,
  });
  let isAway = false;
  redis.on('error', (error: Error) => {
    if (!isAway) onError(error);
    isAway = true;
  });
  redis.on('ready', () => {
    isAway = false;
  });
  return {
    name: 'redis',
    async deliver(events) {
      const fresh = events.filter(isAfter(await lastSequence(redis, stream)));
      // All or none: a later event that goes in where an earlier one could not would hide that one for ever.
      const adding = redis.multi();
      for (const event of fresh)
        adding.xadd(
          stream,
          'MAXLEN',
          '~',
          lengthMax,
          `${event.sequence}-0`,
          'event',
          JSON.stringify(event),
        );
      for (const [error] of (await adding.exec()) ?? []) if (error) throw error;
    },
    async close() {
      redis.disconnect();
    },
  };
}

/** Of the last entry there; 0 for a stream that is not there. */
async function lastSequence(redis: Redis, stream: string): Promise<number> {
  const [last] = await redis.xrevrange(stream, '+', '-', 'COUNT', 1);
  return Number(last?.[0].split('-')[0] ?? 0);
}

const isAfter =
  (sequence: number) =>
  (event: Event): boolean =>
    event.sequence > sequence;
