import type { HeartbeatView } from '#core/heartbeat/view.ts';
import { grown, IdTable } from '../exchange/id-table.ts';
import { HeartbeatHash } from './heartbeat-hash.ts';
import { ReportBudget } from './report-budget.ts';
import { type Place, SequenceWindows } from './sequence-window.ts';

/** Why an amphora's statuses are told: they changed, it is new here, somebody wants them, or for safety's sake. */
export type ReportCause = 'change' | 'first-sight' | 'asked' | 'refresh';

/** What a heartbeat brings that is worth telling: overwritten by the next. */
export interface News {
  readonly place: Place;
  /** -1: the table is full, so each of its heartbeats is as good as the first. */
  readonly slot: number;
  readonly isSignOfLife: boolean;
  /** Null: its statuses need not be told. */
  readonly report: ReportCause | null;
  /** Whether what its listeners counted in the meantime is to be added. */
  readonly isCounted: boolean;
  /** Whether all its listeners are told, also those where nothing was counted. */
  readonly isGaugeNews: boolean;
}

export interface TableOptions {
  readonly amphoraeMax: number;
  /** Milliseconds after which a status report is sent again at the earliest, for safety's sake. */
  readonly refreshAfterMs: number;
  readonly refreshesPerSecond: number;
  /** First sights and those asked for; a manager that starts before a large fleet must not flood the database. */
  readonly reportsPerSecond: number;
  /** Milliseconds of silence after which an amphora is forgotten. */
  readonly forgetAfterMs: number;
  /** @see SequenceOptions */
  readonly restartAfterMs: number;
}

const NEVER = -1;

/** Why something is news although the heartbeat is the same: somebody asked; the last report did not arrive; a late one told old gauges. */
const ASKED = 1;
const LOST = 2;
const GAUGES_OLD = 4;

/**
 * What a thread remembers of each amphora, so that only news leaves it: about 80 bytes in typed arrays, and in the steady
 * state no object a heartbeat. An amphora's datagrams come from one socket, the kernel hands those of one socket to one
 * thread, so no other thread has to know.
 *
 * What is told must be confirmed (`reported`, `gaugesTold`) once it found room on its way out: what is not is news again
 * with the next heartbeat.
 */
export class AmphoraTable {
  readonly #options: TableOptions;
  readonly #ids: IdTable;
  readonly #sequences: SequenceWindows;
  readonly #soon: ReportBudget;
  readonly #refreshes: ReportBudget;
  #digestHighs = new Uint32Array(0);
  #digestLows = new Uint32Array(0);
  #reportedAtMs = new Float64Array(0);
  #seenAtMs = new Float64Array(0);
  /** Of what must be told when it changes: open connections, and on old wires the totals. */
  #gauges = new Uint32Array(0);
  /** `ASKED`, `LOST`, `GAUGES_OLD`. */
  #wanted = new Uint8Array(0);
  #allAskedAtMs = NEVER;
  readonly #news = {
    place: 'newest' as Place,
    slot: -1,
    isSignOfLife: false,
    report: null as ReportCause | null,
    isCounted: false,
    isGaugeNews: false,
  };
  readonly #now = new HeartbeatHash();

  constructor(options: TableOptions) {
    this.#options = options;
    this.#ids = new IdTable(options.amphoraeMax);
    this.#sequences = new SequenceWindows(options);
    this.#soon = new ReportBudget(options.reportsPerSecond);
    this.#refreshes = new ReportBudget(options.refreshesPerSecond);
    this.#growColumns();
  }

  get size(): number {
    return this.#ids.size;
  }

  /** @param nowMs monotonic */
  note(view: HeartbeatView, nowMs: number): News {
    const news = this.#news;
    this.#now.take(view);
    const known = this.#ids.find(view.id);
    const slot = known < 0 ? this.#enter(view) : known;
    news.slot = slot;
    news.place = known < 0 ? 'newest' : this.#place(slot, view, nowMs);
    const isNewest = news.place === 'newest';
    // Its wire cannot tell a twin from a sender that started again, so it is given the benefit of the doubt.
    news.isSignOfLife = isNewest || (view.epoch === 0 && news.place !== 'replay');
    news.isCounted = isNewest || (news.place === 'late' && view.hasDeltas);
    if (news.isSignOfLife && slot >= 0) this.#seenAtMs[slot] = nowMs;
    if (isNewest) this.#compare(slot, view, nowMs);
    else this.#compareNothing();
    return news;
  }

  /** The statuses of this heartbeat are on their way. */
  reported({ slot }: News, view: HeartbeatView, nowMs: number): void {
    if (slot < 0) return;
    this.#digestHighs[slot] = view.digestHigh;
    this.#digestLows[slot] = view.digestLow;
    this.#reportedAtMs[slot] = nowMs;
    this.#drop(slot, ASKED | LOST);
  }

  /** What all listeners of this heartbeat have to tell is on its way. */
  gaugesTold({ slot }: News): void {
    if (slot < 0) return;
    this.#gauges[slot] = this.#now.gauges;
    this.#drop(slot, GAUGES_OLD);
  }

  /** The statuses of these amphorae (four words each) are wanted, as far as they are known here. */
  ask(ids: Uint32Array): void {
    for (let offset = 0; offset < ids.length; offset += 4) {
      const slot = this.#ids.find(ids, offset);
      if (slot >= 0) this.#want(slot, ASKED);
    }
  }

  /** What was reported so far may be lost. */
  askAll(nowMs: number): void {
    this.#allAskedAtMs = nowMs;
  }

  /** The last report of this amphora did not arrive: the next heartbeat brings it as a change. */
  unreported(id: Uint32Array): void {
    const slot = this.#ids.find(id);
    if (slot >= 0) this.#want(slot, LOST);
  }

  /**
   * Forgets those silent for long; call it now and then.
   * @param from slots looked at: a part at a time, since a million at once would hold up the socket
   * @returns where to go on; 0: from the beginning
   */
  sweep(nowMs: number, from: number, slots: number): number {
    const end = Math.min(from + slots, this.#ids.capacity);
    const before = nowMs - this.#options.forgetAfterMs;
    for (let slot = from; slot < end; slot++) {
      const seenAtMs = this.#seenAtMs[slot] as number;
      if (seenAtMs === NEVER || seenAtMs >= before) continue;
      this.#seenAtMs[slot] = NEVER;
      this.#ids.delete(slot);
    }
    return end < this.#ids.capacity ? end : 0;
  }

  #enter(view: HeartbeatView): number {
    const slot = this.#ids.put(view.id);
    if (slot < 0) return slot;
    if (slot >= this.#wanted.length) this.#growColumns();
    this.#reportedAtMs[slot] = NEVER;
    this.#wanted[slot] = 0;
    this.#sequences.begin(slot, view, this.#now.content);
    return slot;
  }

  #place(slot: number, view: HeartbeatView, nowMs: number): Place {
    const quietMs = nowMs - (this.#seenAtMs[slot] as number);
    return this.#sequences.place(slot, view, this.#now.content, quietMs);
  }

  #compare(slot: number, view: HeartbeatView, nowMs: number): void {
    const news = this.#news;
    news.report = this.#causeOf(slot, view, nowMs);
    const isTold = slot >= 0 && this.#reportedAtMs[slot] !== NEVER;
    news.isGaugeNews =
      (isTold && (this.#gauges[slot] !== this.#now.gauges || this.#wants(slot, GAUGES_OLD))) ||
      news.report === 'first-sight' ||
      news.report === 'asked';
  }

  #compareNothing(): void {
    this.#news.report = null;
    this.#news.isGaugeNews = false;
    // It tells open connections as they were. The next heartbeat sets them right.
    if (this.#news.place === 'late') this.#want(this.#news.slot, GAUGES_OLD);
  }

  #causeOf(slot: number, view: HeartbeatView, nowMs: number): ReportCause | null {
    const reportedAtMs = slot < 0 ? NEVER : (this.#reportedAtMs[slot] as number);
    if (reportedAtMs === NEVER) return this.#soon.take(nowMs) ? 'first-sight' : null;
    if (this.#isChanged(slot, view)) return 'change';
    if (this.#wants(slot, ASKED) || reportedAtMs <= this.#allAskedAtMs)
      return this.#soon.take(nowMs) ? 'asked' : null;
    if (nowMs - reportedAtMs < this.#refreshAfterMs) return null;
    return this.#refreshes.take(nowMs) ? 'refresh' : null;
  }

  #want(slot: number, what: number): void {
    this.#wanted[slot] = (this.#wanted[slot] as number) | what;
  }

  #wants(slot: number, what: number): boolean {
    return ((this.#wanted[slot] as number) & what) !== 0;
  }

  #drop(slot: number, what: number): void {
    this.#wanted[slot] = (this.#wanted[slot] as number) & ~what;
  }

  #isChanged(slot: number, view: HeartbeatView): boolean {
    return (
      this.#digestLows[slot] !== view.digestLow ||
      this.#digestHighs[slot] !== view.digestHigh ||
      this.#wants(slot, LOST)
    );
  }

  /** The more amphorae, the longer a round takes; so each has its turn, however few reports a second there are. */
  get #refreshAfterMs(): number {
    const { refreshAfterMs, refreshesPerSecond } = this.#options;
    return Math.max(refreshAfterMs, (this.#ids.size / refreshesPerSecond) * 1000);
  }

  #growColumns(): void {
    const { capacity } = this.#ids;
    this.#sequences.growTo(capacity);
    this.#digestHighs = grown(this.#digestHighs, capacity);
    this.#digestLows = grown(this.#digestLows, capacity);
    this.#reportedAtMs = grown(this.#reportedAtMs, capacity);
    const filled = this.#seenAtMs.length;
    this.#seenAtMs = grown(this.#seenAtMs, capacity).fill(NEVER, filled);
    this.#gauges = grown(this.#gauges, capacity);
    this.#wanted = grown(this.#wanted, capacity);
  }
}
