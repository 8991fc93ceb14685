import type { ConfigOf } from '#core/config/load.ts';
import type { events } from '#core/config/sections.ts';
import type { Database } from '#core/db/pool.ts';
import { transaction } from '#core/db/transaction.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { Counts } from '../task-record.ts';
import { redisSink } from './redis-sink.ts';
import type { EventSink } from './sink.ts';
import { webhookSink } from './webhook-sink.ts';

type EventsConfig = ConfigOf<{ readonly events: typeof events }>['events'];

/** Where events are to go; none: nobody wants any. */
export function sinksOf(config: EventsConfig, logger: Logger): readonly EventSink[] {
  const { redisUrl, stream, streamLengthMax, webhookUrl, webhookTimeoutSeconds } = config;
  const sinks: EventSink[] = [];
  if (redisUrl !== null)
    sinks.push(
      redisSink({
        url: redisUrl,
        stream,
        lengthMax: streamLengthMax,
        onError: (error) => logger.warn({ error }, 'Redis for events is away'),
      }),
    );
  if (webhookUrl !== null)
    sinks.push(webhookSink({ url: webhookUrl, timeoutMs: webhookTimeoutSeconds * 1000 }));
  return sinks;
}

/**
 * Has PostgreSQL write events, or stop. Run again and again, since the engine's tables come with the first worker.
 * The wait for a lock is short: behind us everyone else would wait too.
 */
export async function switchEvents(database: Database, isOn: boolean): Promise<Counts> {
  await transaction(database, async (tx) => {
    await tx.query(`set local lock_timeout = '2s'`);
    await tx.query('select events_switch($1)', [isOn]);
  });
  return {};
}
