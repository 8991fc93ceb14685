import { type HeartbeatView, ID_WORDS } from '#core/heartbeat/view.ts';
import { RECORD_DOUBLES, RECORD_WORDS, viewsOf } from './amphora-memory.ts';
import {
  type AmphoraRecords,
  DIGEST_HIGH,
  DIGEST_LOW,
  GAUGES,
  REPORTED_AT_MS,
  SEEN_AT_MS,
} from './amphora-records.ts';
import { AmphoraSlots } from './amphora-slots.ts';
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
  /** Of `allocateAmphorae`, shared with the other threads. */
  readonly memory: SharedArrayBuffer;
  /** Counts from 0; another for each thread. */
  readonly thread: number;
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
/** It came to another thread before, whose batches may arrive after ours. */
const MOVED = 16;

/** After so long what another thread had on its way has arrived, or has come back to be told anew. */
export const SETTLED_AFTER_MS = 2000;

/**
 * What the threads remember of each amphora, so that only news leaves them: about 100 bytes in typed arrays, and in the
 * steady state no object a heartbeat. The kernel hands an amphora's datagrams to one thread until its port or address
 * changes, so one seldom waits for another; and when it does change, nothing is forgotten and nothing counts twice.
 *
 * A note must end with `release`. What is told must be confirmed (`reported`, `gaugesTold`) before, once it found room on
 * its way out: what is not is news again with the next heartbeat.
 */
export class AmphoraTable {
  readonly #options: TableOptions;
  readonly #allAskedAtMs: Float64Array;
  readonly #slots: AmphoraSlots;
  readonly #records: AmphoraRecords;
  readonly #sequences: SequenceWindows;
  readonly #soon: ReportBudget;
  readonly #refreshes: ReportBudget;
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
    const memory = viewsOf(options.memory);
    this.#allAskedAtMs = memory.allAskedAtMs;
    this.#slots = new AmphoraSlots(memory, options.thread);
    this.#records = this.#slots.records;
    this.#sequences = new SequenceWindows(options, this.#records);
    this.#soon = new ReportBudget(options.reportsPerSecond);
    this.#refreshes = new ReportBudget(options.refreshesPerSecond);
  }

  /** Amphorae that this thread heard last. */
  get size(): number {
    return this.#records.owned;
  }

  /** Ends with `release`, soon: another thread may wait for it. @param nowMs monotonic */
  note(view: HeartbeatView, nowMs: number): News {
    const news = this.#news;
    this.#now.take(view);
    const slot = this.#slots.hold(view.id);
    news.slot = slot;
    news.place = slot < 0 ? 'newest' : this.#place(slot, view, nowMs);
    const isNewest = news.place === 'newest';
    // Its wire cannot tell a twin from a sender that started again, so it is given the benefit of the doubt.
    news.isSignOfLife = isNewest || (view.epoch === 0 && news.place !== 'replay');
    news.isCounted = isNewest || (news.place === 'late' && view.hasDeltas);
    if (news.isSignOfLife && slot >= 0)
      this.#records.doubles[slot * RECORD_DOUBLES + SEEN_AT_MS] = nowMs;
    if (slot >= 0 && this.#slots.isOthers && (isNewest || news.place === 'late'))
      this.#move(slot, nowMs);
    if (isNewest) this.#compare(slot, view, nowMs);
    else this.#compareNothing();
    return news;
  }

  /** All of the heartbeat is done. */
  release({ slot }: News): void {
    if (slot >= 0) this.#slots.release(slot);
  }

  /** The statuses of this heartbeat are on their way. */
  reported({ slot, report }: News, view: HeartbeatView, nowMs: number): void {
    if (slot < 0) return;
    const { words, doubles } = this.#records;
    if (report === 'asked' && this.#isSettled(slot, nowMs)) {
      this.#records.drop(slot, MOVED);
      this.#records.raise(slot, GAUGES_OLD);
    }
    words[slot * RECORD_WORDS + DIGEST_HIGH] = view.digestHigh;
    words[slot * RECORD_WORDS + DIGEST_LOW] = view.digestLow;
    doubles[slot * RECORD_DOUBLES + REPORTED_AT_MS] = nowMs;
    this.#records.drop(slot, ASKED | LOST);
  }

  /** What all listeners of this heartbeat have to tell is on its way. */
  gaugesTold({ slot }: News): void {
    if (slot < 0) return;
    this.#records.words[slot * RECORD_WORDS + GAUGES] = this.#now.gauges;
    this.#records.drop(slot, GAUGES_OLD);
  }

  /** The statuses of these amphorae (four words each) are wanted, as far as they are known here. */
  ask(ids: Uint32Array): void {
    for (let offset = 0; offset < ids.length; offset += ID_WORDS) {
      const slot = this.#slots.find(ids, offset);
      if (slot >= 0) this.#records.raise(slot, ASKED);
    }
  }

  /** What was reported so far, by whichever thread, may be lost. */
  askAll(nowMs: number): void {
    this.#allAskedAtMs[0] = nowMs;
  }

  /** The last report of this amphora did not arrive: the next heartbeat brings it as a change. */
  unreported(id: Uint32Array): void {
    const slot = this.#slots.find(id);
    if (slot >= 0) this.#records.raise(slot, LOST);
  }

  /**
   * Forgets those silent for long; call it now and then, in one of the threads.
   * @param from slots looked at: a part at a time, since a million at once would hold up the socket
   * @returns where to go on; 0: from the beginning
   */
  sweep(nowMs: number, from: number, slots: number): number {
    return this.#slots.sweep(nowMs - this.#options.forgetAfterMs, from, slots);
  }

  /** What the other thread told may arrive after what we tell now, so all is told once more when that is past. */
  #move(slot: number, nowMs: number): void {
    this.#slots.take();
    const reportedAtMs = this.#reportedAtMs(slot);
    if (reportedAtMs === NEVER) return;
    const isAsked = this.#isAskedWithAll(reportedAtMs);
    this.#records.raise(slot, isAsked ? MOVED | ASKED : MOVED);
    this.#records.doubles[slot * RECORD_DOUBLES + REPORTED_AT_MS] = nowMs;
  }

  #place(slot: number, view: HeartbeatView, nowMs: number): Place {
    if (!this.#slots.isKnown(slot)) {
      this.#slots.begin(slot);
      this.#records.doubles[slot * RECORD_DOUBLES + REPORTED_AT_MS] = NEVER;
      return this.#sequences.begin(slot, view, this.#now.content);
    }
    const quietMs = nowMs - this.#records.seenAtMs(slot);
    return this.#sequences.place(slot, view, this.#now.content, quietMs);
  }

  #compare(slot: number, view: HeartbeatView, nowMs: number): void {
    const news = this.#news;
    news.report = this.#causeOf(slot, view, nowMs);
    const isTold = slot >= 0 && this.#reportedAtMs(slot) !== NEVER;
    const gauges = this.#records.words[slot * RECORD_WORDS + GAUGES];
    news.isGaugeNews =
      (isTold && (gauges !== this.#now.gauges || this.#records.has(slot, GAUGES_OLD))) ||
      news.report === 'first-sight' ||
      news.report === 'asked';
  }

  #compareNothing(): void {
    this.#news.report = null;
    this.#news.isGaugeNews = false;
    // It tells open connections as they were. The next heartbeat sets them right.
    if (this.#news.place === 'late') this.#records.raise(this.#news.slot, GAUGES_OLD);
  }

  #causeOf(slot: number, view: HeartbeatView, nowMs: number): ReportCause | null {
    const reportedAtMs = slot < 0 ? NEVER : this.#reportedAtMs(slot);
    if (reportedAtMs === NEVER) return this.#soon.take(nowMs) ? 'first-sight' : null;
    if (this.#isChanged(slot, view)) return 'change';
    if (
      this.#records.has(slot, ASKED) ||
      this.#isAskedWithAll(reportedAtMs) ||
      this.#isSettled(slot, nowMs)
    )
      return this.#soon.take(nowMs) ? 'asked' : null;
    if (nowMs - reportedAtMs < this.#refreshAfterMs) return null;
    return this.#refreshes.take(nowMs) ? 'refresh' : null;
  }

  #isChanged(slot: number, view: HeartbeatView): boolean {
    const { words } = this.#records;
    const at = slot * RECORD_WORDS;
    return (
      words[at + DIGEST_LOW] !== view.digestLow ||
      words[at + DIGEST_HIGH] !== view.digestHigh ||
      this.#records.has(slot, LOST)
    );
  }

  #isSettled(slot: number, nowMs: number): boolean {
    return this.#records.has(slot, MOVED) && nowMs - this.#reportedAtMs(slot) >= SETTLED_AFTER_MS;
  }

  /** Whether all were asked for since it was told. */
  #isAskedWithAll(reportedAtMs: number): boolean {
    return reportedAtMs <= (this.#allAskedAtMs[0] as number);
  }

  #reportedAtMs(slot: number): number {
    return this.#records.doubles[slot * RECORD_DOUBLES + REPORTED_AT_MS] as number;
  }

  /** The more amphorae, the longer a round takes; so each has its turn, however few reports a second there are. */
  get #refreshAfterMs(): number {
    const { refreshAfterMs, refreshesPerSecond } = this.#options;
    return Math.max(refreshAfterMs, (this.size / refreshesPerSecond) * 1000);
  }
}
