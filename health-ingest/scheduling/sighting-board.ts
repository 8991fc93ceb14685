import { textOf, wordsOf } from '#core/heartbeat/uuid-words.ts';
import { grown, IdTable } from '../exchange/id-table.ts';
import { EXPECTED, REPORTED, STOPPED, UNDER_WAY, USED } from './board-flags.ts';
import { type Census, type CensusBounds, CensusTaker } from './census.ts';
import { ZoneNames } from './zone-names.ts';

export interface BoardOptions {
  readonly idsMax: number;
  /** Milliseconds of silence after which an amphora of which nothing is expected is forgotten. */
  readonly forgetAfterMs: number;
  /** Whether an amphora that never reported is stale too. */
  readonly isSilenceSuspect: boolean;
}

/**
 * When each amphora was seen last, by whichever manager, and from which of them reports are expected. Times are this
 * process' monotonic clock: nobody can set it. Columns of numbers, so that a million amphorae are no objects, and so
 * that a look at all of them takes milliseconds.
 */
export class SightingBoard {
  readonly #options: BoardOptions;
  readonly #ids: IdTable;
  readonly #words = new Uint32Array(4);
  readonly #zones = new ZoneNames();
  #seenAtMs = new Float64Array(0);
  #flags = new Uint8Array(0);
  #zone = new Uint8Array(0);
  #pass = new Uint8Array(0);
  #currentPass = 0;

  constructor(options: BoardOptions) {
    this.#options = options;
    this.#ids = new IdTable(options.idsMax);
  }

  get size(): number {
    return this.#ids.size;
  }

  /** Notes that amphorae were seen, four words an id. */
  see(ids: Uint32Array, atMs: number): void {
    for (let offset = 0; offset < ids.length; offset += 4) {
      const slot = this.#slotFor(ids, offset);
      if (slot < 0) continue;
      this.#flags[slot] = (this.#flags[slot] as number) | USED | REPORTED;
      if ((this.#seenAtMs[slot] as number) < atMs) this.#seenAtMs[slot] = atMs;
    }
  }

  /**
   * Notes that reports of an amphora are expected. One that never reported counts from when this was first said.
   * @returns false: there is no room for it, and nobody would find it dead
   */
  expect(amphora: { id: string; zone: string | null; isStopped: boolean }, nowMs: number): boolean {
    if (!wordsOf(amphora.id, this.#words)) return false;
    const slot = this.#slotFor(this.#words, 0);
    if (slot < 0) return false;
    const flags = this.#flags[slot] as number;
    const isNew = (flags & EXPECTED) === 0;
    if (isNew && (flags & REPORTED) === 0) this.#seenAtMs[slot] = nowMs;
    const kept = flags & (REPORTED | UNDER_WAY);
    this.#flags[slot] = kept | USED | EXPECTED | (amphora.isStopped ? STOPPED : 0);
    this.#zone[slot] = this.#zones.indexOf(amphora.zone);
    this.#pass[slot] = this.#currentPass;
    return true;
  }

  /** Nothing is expected of it any more. */
  release(amphoraId: string): void {
    const slot = this.#find(amphoraId);
    if (slot >= 0) this.#releaseSlot(slot);
  }

  /** Between two calls every expected amphora must have been named again; the others are released. */
  endPass(): void {
    for (let slot = 0; slot < this.#ids.capacity; slot++)
      if (((this.#flags[slot] ?? 0) & EXPECTED) !== 0 && this.#pass[slot] !== this.#currentPass)
        this.#releaseSlot(slot);
    this.#currentPass = (this.#currentPass + 1) & 0xff;
  }

  /** The circuit breaker has stopped it, or let it go. */
  markStopped(amphoraId: string, isStopped: boolean): void {
    this.#mark(amphoraId, STOPPED, isStopped);
  }

  /** Its failover has been asked for: it is no news that it is silent. */
  markUnderWay(amphoraId: string, isUnderWay: boolean): void {
    this.#mark(amphoraId, UNDER_WAY, isUnderWay);
  }

  idAt(slot: number): string {
    this.#ids.idAt(slot, this.#words);
    return textOf(this.#words);
  }

  /** When it was seen last, or when it was first expected. */
  seenAtMs(slot: number): number {
    return this.#seenAtMs[slot] ?? 0;
  }

  hasReported(slot: number): boolean {
    return ((this.#flags[slot] ?? 0) & REPORTED) !== 0;
  }

  isStopped(slot: number): boolean {
    return ((this.#flags[slot] ?? 0) & STOPPED) !== 0;
  }

  isUnderWay(slot: number): boolean {
    return ((this.#flags[slot] ?? 0) & UNDER_WAY) !== 0;
  }

  zoneOf(slot: number): string {
    return this.#zones.nameAt(this.#zone[slot] ?? 0);
  }

  /** The slot of an expected amphora, or -1. */
  findExpected(amphoraId: string): number {
    const slot = this.#find(amphoraId);
    return slot >= 0 && ((this.#flags[slot] ?? 0) & EXPECTED) !== 0 ? slot : -1;
  }

  /** Looks at everybody, and forgets whom nobody expects. */
  census(bounds: CensusBounds, nowMs: number): Census {
    const taker = new CensusTaker(bounds, this.#zones.all);
    const forgetMs = nowMs - this.#options.forgetAfterMs;
    for (let slot = 0; slot < this.#ids.capacity; slot++) {
      const flags = this.#flags[slot] ?? 0;
      if (flags === 0) continue;
      const seenAtMs = this.#seenAtMs[slot] as number;
      if ((flags & EXPECTED) === 0) {
        if (seenAtMs <= forgetMs) this.#forget(slot);
        continue;
      }
      if ((flags & REPORTED) === 0 && !this.#options.isSilenceSuspect) continue;
      taker.take(slot, seenAtMs, this.#zone[slot] as number, flags);
    }
    return taker.end((slot) => this.seenAtMs(slot));
  }

  #find(amphoraId: string): number {
    return wordsOf(amphoraId, this.#words) ? this.#ids.find(this.#words) : -1;
  }

  #slotFor(words: Uint32Array, offset: number): number {
    const slot = this.#ids.put(words, offset);
    if (slot < this.#flags.length) return slot;
    const { capacity } = this.#ids;
    this.#seenAtMs = grown(this.#seenAtMs, capacity);
    this.#flags = grown(this.#flags, capacity);
    this.#zone = grown(this.#zone, capacity);
    this.#pass = grown(this.#pass, capacity);
    return slot;
  }

  #mark(amphoraId: string, flag: number, isSet: boolean): void {
    const slot = this.findExpected(amphoraId);
    if (slot < 0) return;
    const flags = this.#flags[slot] as number;
    this.#flags[slot] = isSet ? flags | flag : flags & ~flag;
  }

  #releaseSlot(slot: number): void {
    this.#flags[slot] = (this.#flags[slot] as number) & (USED | REPORTED);
  }

  #forget(slot: number): void {
    this.#ids.delete(slot);
    this.#flags[slot] = 0;
    this.#seenAtMs[slot] = 0;
  }
}
