import type { Database } from '#core/db/pool.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { Service } from '#core/service/daemon.ts';
import { ifLeader } from '../leader.ts';
import { BATCH_MAX, eventsAfter, numberEvents } from './event.ts';
import type { RelayMetrics } from './relay-metrics.ts';
import type { EventSink } from './sink.ts';

const LOOK_INTERVAL_MS = 500;
const FOLLOWER_INTERVAL_MS = 2000;
const BACK_OFF = { firstMs: 1000, maxMs: 60_000 };
/** How long one turn as leader may last: locks that are held for ever are not noticed when they are lost. */
const TURN_MS = 30_000;

export interface RelayOptions {
  readonly database: Database;
  /** @see PeriodicOptions */
  readonly locks: Database;
  readonly sinks: readonly EventSink[];
  readonly clock: Clock;
  /** From 0 to 1, so that those who wait for their turn do not knock together. */
  readonly random: () => number;
  readonly logger: Logger;
  readonly metrics: RelayMetrics;
}

/**
 * Carries events from their table to the sinks: in order, each sink at its own pace, from where it stood. A sink that
 * fails gets the same events again, after waits that grow to a minute. One process at a time does so; two that
 * both believe to be the one send some events twice, under the same numbers.
 */
export class EventRelay implements Service {
  readonly name = 'event-relay';
  readonly #options: RelayOptions;
  readonly #stopping = new AbortController();
  #loop: Promise<void> | undefined;

  constructor(options: RelayOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    this.#loop ??= this.#repeat();
  }

  /** Resolves once what is being delivered is in, or has failed. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
    await Promise.all(this.#options.sinks.map((sink) => sink.close()));
  }

  async #repeat(): Promise<void> {
    const { locks, clock, random, logger, sinks } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        const turn = AbortSignal.any([signal, AbortSignal.timeout(TURN_MS)]);
        await ifLeader(locks, this.name, async () => {
          await Promise.all([this.#number(turn), ...sinks.map((sink) => this.#serve(sink, turn))]);
        });
      } catch (error) {
        logger.warn({ error }, 'could not carry events, trying again');
      }
      await clock.sleep(FOLLOWER_INTERVAL_MS * random(), signal).catch(() => {});
    }
  }

  /** Rejects as little as the sinks do: who ended the turn for them would have another process serve them beside us. */
  async #number(turn: AbortSignal): Promise<void> {
    const { database, clock, logger } = this.#options;
    while (!turn.aborted) {
      try {
        const numbered = await numberEvents(database);
        if (numbered < BATCH_MAX) await clock.sleep(LOOK_INTERVAL_MS, turn).catch(() => {});
      } catch (error) {
        logger.warn({ error }, 'could not number events, trying again');
        await clock.sleep(BACK_OFF.firstMs, turn).catch(() => {});
      }
    }
  }

  async #serve(sink: EventSink, turn: AbortSignal): Promise<void> {
    const { clock, logger, metrics } = this.#options;
    let waitMs = BACK_OFF.firstMs;
    while (!turn.aborted) {
      try {
        const count = await this.#deliver(sink, turn);
        waitMs = BACK_OFF.firstMs;
        if (count < BATCH_MAX) await clock.sleep(LOOK_INTERVAL_MS, turn).catch(() => {});
      } catch (error) {
        if (turn.aborted) return;
        metrics.failed(sink.name);
        logger.warn({ error, sink: sink.name }, 'could not deliver events, trying again');
        await clock.sleep(waitMs, turn).catch(() => {});
        waitMs = Math.min(waitMs * 2, BACK_OFF.maxMs);
      }
    }
  }

  /** @returns how many events */
  async #deliver(sink: EventSink, turn: AbortSignal): Promise<number> {
    const { database, metrics, logger } = this.#options;
    const position = await positionOf(database, sink.name);
    const events = await eventsAfter(database, position);
    const [first, last] = [events[0], events.at(-1)];
    if (first === undefined || last === undefined) return 0;
    const lost = first.sequence - position - 1;
    if (lost > 0 && position > 0)
      logger.error({ sink: sink.name, lost }, 'events grew too old before they were delivered');
    await sink.deliver(events, turn);
    await database.query(
      'update event_sink set position = greatest(position, $2), updated_at = now() where name = $1',
      [sink.name, last.sequence],
    );
    metrics.delivered(sink.name, events.length, last.sequence);
    return events.length;
  }
}

async function positionOf(database: Database, sink: string): Promise<number> {
  const found = await database.query<{ position: number }>(
    'select position::float8 as position from event_sink where name = $1',
    [sink],
  );
  if (found.rows[0]) return found.rows[0].position;
  await database.query('insert into event_sink (name) values ($1) on conflict do nothing', [sink]);
  return 0;
}
