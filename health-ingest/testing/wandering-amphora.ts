import { digestOf } from '#core/heartbeat/status-digest.ts';
import type { HeartbeatView } from '#core/heartbeat/view.ts';
import { ViewBuffer } from '#core/heartbeat/view-buffer.ts';
import { allocateAmphorae } from '../receiving/amphora-memory.ts';
import { AmphoraTable } from '../receiving/amphora-table.ts';
import { heartbeatOf, nobody } from './carried.ts';

/** What an amphora says once. */
export interface Saying {
  readonly epoch: number;
  readonly sequence: number;
  readonly pool: string;
  readonly rxBytes: number;
  readonly activeConnections: number;
}

type Told =
  | { readonly kind: 'status'; readonly pool: string }
  | { readonly kind: 'statistics'; readonly rxBytes: number; readonly activeConnections: number };

const carried = nobody();

/** Some receiving threads, and what of one amphora has reached the database through them, in an order of its own. */
export class WanderingAmphora {
  readonly #tables: readonly AmphoraTable[];
  /** What each thread has told and nobody has written yet. */
  readonly #onTheWay: Told[][];
  /** The last status written. */
  pool = '';
  rxBytes = 0;
  activeConnections = -1;

  constructor(threads: number, restartAfterMs: number) {
    const memory = allocateAmphorae(2);
    this.#tables = Array.from(
      { length: threads },
      (_, thread) =>
        new AmphoraTable({
          memory,
          thread,
          refreshAfterMs: 1e9,
          refreshesPerSecond: 1,
          reportsPerSecond: 1e6,
          forgetAfterMs: 1e9,
          restartAfterMs,
        }),
    );
    this.#onTheWay = this.#tables.map(() => []);
  }

  get threads(): number {
    return this.#tables.length;
  }

  /** As `ingest` does it. */
  hear(thread: number, said: Saying, nowMs: number): void {
    const table = this.#tables[thread];
    if (!table) throw new Error(`no thread ${thread}`);
    const view = viewOf(said);
    const onTheWay = this.#onTheWay[thread] ?? [];
    const news = table.note(view, nowMs);
    if (news.report !== null) {
      onTheWay.push({ kind: 'status', pool: said.pool });
      table.reported(news, view, nowMs);
    }
    if (news.isCounted && (news.isGaugeNews || said.rxBytes > 0)) onTheWay.push(counted(said));
    if (news.isCounted && news.isGaugeNews) table.gaugesTold(news);
    table.release(news);
  }

  /** What a thread has told arrives. */
  arrive(thread: number): void {
    for (const told of this.#onTheWay[thread]?.splice(0) ?? [])
      if (told.kind === 'status') this.pool = told.pool;
      else {
        this.rxBytes += told.rxBytes;
        this.activeConnections = told.activeConnections;
      }
  }

  /** The statuses come back, the statistics are tried again. */
  fail(thread: number, said: Saying): void {
    const onTheWay = this.#onTheWay[thread] ?? [];
    const kept = onTheWay.filter(({ kind }) => kind === 'statistics');
    if (kept.length < onTheWay.length) this.#tables[thread]?.unreported(viewOf(said).id);
    this.#onTheWay[thread] = kept;
  }
}

function counted({ rxBytes, activeConnections }: Saying): Told {
  return { kind: 'statistics', rxBytes, activeConnections };
}

function viewOf({ epoch, ...said }: Saying): HeartbeatView {
  const heartbeat = heartbeatOf(carried, said);
  const view = new ViewBuffer(() => heartbeat);
  view.fill(heartbeat, epoch, digestOf(heartbeat));
  return view;
}
