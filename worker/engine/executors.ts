import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { Logger } from '#core/ports/logger.ts';
import { NEWS_CHANNEL } from '#core/queue/enqueue.ts';
import { ENGINE_SCHEMA } from './schema.ts';

// Spells "flow": sets these locks apart from others on the database.
const LOCK_CLASS = 0x666c6f77;
const SWEEP_INTERVAL_MS = 500;
/** Who only lost its connection has it back by then. */
const CONFIRM_MS = 200;
// After an outage of the database everyone has lost the lock: time for the living to come back before anyone is adopted.
const GRACE_MS = 5000;

// A host that vanished is noticed by the server after 10 + 2 × 5 seconds; until then its lock stands.
const KEEPALIVES =
  '-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=2';

// The living ask this twice a second on the very session that holds their lock, so one that has not is frozen.
const ORPHANED = `
  with owner as materialized (
    select distinct executor_id as id from ${ENGINE_SCHEMA}.workflow_status
    where status = 'PENDING' and application_name = $2 and executor_id is not null)
  select id from owner where not exists (
    select from pg_locks held join pg_stat_activity session using (pid)
    where held.locktype = 'advisory' and held.classid = $1 and held.objid = hashtext(id)::oid and held.granted
      and held.database = (select oid from pg_database where datname = current_database())
      and coalesce(session.state_change > clock_timestamp() - $3 * interval '1 millisecond', true))`;

const SERVER_IS_YOUNG = `select now() - pg_postmaster_start_time() < $1 * interval '1 millisecond' as young`;

export interface ExecutorsOptions {
  readonly id: string;
  readonly application: string;
  readonly databaseUrl: string;
  /** Milliseconds without a sign after which an executor whose process still exists counts as gone. */
  readonly frozenAfterMs: number;
  /** Told which queue somebody put a flow into; null: into any, while nobody could hear of it. */
  readonly heard: (queue: string | null) => void;
  /** Takes over the flows of executors that are gone. */
  readonly adopt: (executorIds: readonly string[]) => Promise<void>;
  readonly logger: Logger;
}

/**
 * Knows which executors live: each holds a session advisory lock, which PostgreSQL lets go the moment the process ends.
 * Whoever sees running flows of an executor without a lock, or of one that froze, twice in a row, has them adopted. Several may do so at
 * once: the engine gives a flow to one of them, and refuses the checkpoints of an old owner that was only stalled.
 */
export class Executors {
  readonly #options: ExecutorsOptions;
  #client: pg.Client | undefined;
  #adoptsFromMs = Number.POSITIVE_INFINITY;
  #suspects: ReadonlySet<string> = new Set();
  #stopping: AbortController | undefined;
  /** Ends the pause between two sweeps. */
  #hurry = new AbortController();
  #sweeping: Promise<void> | undefined;

  constructor(options: ExecutorsOptions) {
    this.#options = options;
  }

  /** Null while this executor is known to be alive; else why others may adopt its flows. */
  get problem(): string | null {
    return this.#client ? null : 'no connection that proves this executor to be alive';
  }

  /** Resolves once the lock is held: no flow may be taken before. */
  async start(): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = new AbortController();
    await this.#join(false);
  }

  /** From now on the flows of others may be adopted: at once, if somebody has died. */
  watch(): void {
    if (this.#stopping) this.#sweeping ??= this.#sweepUntil(this.#stopping.signal);
  }

  /** Lets the lock go: what still runs here will be adopted by others. */
  async stop(): Promise<void> {
    this.#stopping?.abort();
    this.#hurry.abort();
    await this.#sweeping;
    this.#sweeping = undefined;
    const client = this.#client;
    this.#client = undefined;
    await client?.end().catch(() => {});
    this.#stopping = undefined;
  }

  async #sweepUntil(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#hurry = new AbortController();
      try {
        if (!this.#client) await this.#join(true);
        await this.#sweep();
      } catch (error) {
        this.#options.logger.warn({ error }, 'could not look for flows without an owner');
      }
      const pauseMs = this.#suspects.size > 0 ? CONFIRM_MS : SWEEP_INTERVAL_MS;
      await delay(pauseMs, undefined, { signal: this.#hurry.signal }).catch(() => {});
    }
  }

  async #join(isRejoining: boolean): Promise<void> {
    const { id, databaseUrl, heard, logger } = this.#options;
    const client = new pg.Client({
      connectionString: databaseUrl,
      application_name: 'worker executor',
      options: KEEPALIVES,
      keepAlive: true,
      connectionTimeoutMillis: 5000,
    });
    client.on('error', () => {});
    client.on('notification', ({ payload }) => heard(payload ?? null));
    client.on('end', () => {
      if (this.#client !== client) return;
      this.#client = undefined;
      // Before anybody takes us for dead.
      this.#hurry.abort();
    });
    await client.connect();
    try {
      // Not waited for: after a broken connection the server may still hold it for us.
      const locked = await client.query<{ held: boolean }>(
        'select pg_try_advisory_lock($1, hashtext($2)) as held',
        [LOCK_CLASS, id],
      );
      if (!locked.rows[0]?.held) throw new Error(`the lock of executor ${id} is still held`);
      await client.query(`listen ${NEWS_CHANNEL}`);
      const young = await client.query<{ young: boolean }>(SERVER_IS_YOUNG, [2 * GRACE_MS]);
      const needsGrace = isRejoining || young.rows[0]?.young === true;
      this.#adoptsFromMs = performance.now() + (needsGrace ? GRACE_MS : 0);
    } catch (error) {
      await client.end().catch(() => {});
      throw error;
    }
    this.#client = client;
    heard(null);
    logger.info({ executor_id: id, rejoined: isRejoining }, 'executor is alive');
  }

  async #sweep(): Promise<void> {
    if (!this.#client) return;
    const { id, application, frozenAfterMs, adopt, logger } = this.#options;
    const found = await this.#client.query<{ id: string }>(ORPHANED, [
      LOCK_CLASS,
      application,
      frozenAfterMs,
    ]);
    if (performance.now() < this.#adoptsFromMs) return;
    const gone = found.rows.map((row) => row.id).filter((owner) => owner !== id);
    const adoptable = gone.filter((id) => this.#suspects.has(id));
    this.#suspects = new Set(gone);
    if (adoptable.length === 0) return;
    logger.info({ executors: adoptable }, 'adopting the flows of executors that are gone');
    await adopt(adoptable);
  }
}
