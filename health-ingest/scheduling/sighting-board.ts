import { textOf, wordsOf } from '#core/heartbeat/uuid-words.ts';
import { grown, IdTable } from '../exchange/id-table.ts';

export interface BoardOptions {
  readonly idsMax: number;
  /** Milliseconds of silence after which an amphora of which nothing is expected is forgotten. */
  readonly forgetAfterMs: number;
  /** Whether an amphora that never reported is stale too. */
  readonly isSilenceSuspect: boolean;
}

/** From when on an amphora is late, and from when on its silence is confirmed. Monotonic times of the last sighting. */
export interface CensusBounds {
  /** Seen no later than this: it may be the first sign of many. */
  readonly lateMs: number;
  /** Seen no later than this: stale. */
  readonly staleMs: number;
}

/** How many are expected and how many of them are not heard. */
export interface ZoneCount {
  expected: number;
  late: number;
  stale: number;
}

export interface Census {
  readonly zones: ReadonlyMap<string, ZoneCount>;
  /** Slots of stale amphorae, silent for longest first; at most `SLOTS_MAX` of them. */
  readonly stale: readonly number[];
  /** Slots of amphorae that the circuit breaker stopped and that report again. */
  readonly resumed: readonly number[];
}

/** Zones beyond these are counted as one. */
const ZONES_MAX = 250;
const OTHER_ZONES = 'other zones';
const SLOTS_MAX = 10_000;

const USED = 1;
const EXPECTED = 2;
const REPORTED = 4;
const STOPPED = 8;
const UNDER_WAY = 16;

/**
 * When each amphora was seen last, by whichever manager, and from which of them reports are expected. Times are this
 * process' monotonic clock: nobody can set it. Columns of numbers, so that a million amphorae are no objects, and so
 * that a look at all of them takes milliseconds.
 */
export class SightingBoard {
  readonly #options: BoardOptions;
  readonly #ids: IdTable;
  readonly #words = new Uint32Array(4);
  readonly #zones: string[] = [];
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
    this.#zone[slot] = this.#zoneIndex(amphora.zone);
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
    return this.#zones[this.#zone[slot] ?? 0] ?? '';
  }

  /** The slot of an expected amphora, or -1. */
  findExpected(amphoraId: string): number {
    const slot = this.#find(amphoraId);
    return slot >= 0 && ((this.#flags[slot] ?? 0) & EXPECTED) !== 0 ? slot : -1;
  }

  /** Looks at everybody, and forgets whom nobody expects. */
  census(bounds: CensusBounds, nowMs: number): Census {
    const counts = this.#zones.map((): ZoneCount => ({ expected: 0, late: 0, stale: 0 }));
    const stale: number[] = [];
    const resumed: number[] = [];
    const forgetMs = nowMs - this.#options.forgetAfterMs;
    for (let slot = 0; slot < this.#ids.capacity; slot++) {
      const flags = this.#flags[slot] ?? 0;
      if (flags === 0) continue;
      const seenAtMs = this.#seenAtMs[slot] as number;
      if ((flags & EXPECTED) === 0) {
        if (seenAtMs <= forgetMs) this.#forget(slot);
        continue;
      }
      const count = counts[this.#zone[slot] as number];
      if ((flags & REPORTED) === 0 && !this.#options.isSilenceSuspect) continue;
      if (count) countOne(count, seenAtMs, (flags & UNDER_WAY) !== 0, bounds);
      if (seenAtMs <= bounds.staleMs) {
        if (stale.length < SLOTS_MAX) stale.push(slot);
      } else if ((flags & STOPPED) !== 0 && resumed.length < SLOTS_MAX) resumed.push(slot);
    }
    stale.sort((a, b) => this.seenAtMs(a) - this.seenAtMs(b));
    return {
      zones: new Map(counts.map((count, index) => [this.#zones[index] ?? '', count])),
      stale,
      resumed,
    };
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

  #zoneIndex(zone: string | null): number {
    const name = zone ?? '';
    const known = this.#zones.indexOf(name);
    if (known >= 0) return known;
    if (this.#zones.length < ZONES_MAX) return this.#zones.push(name) - 1;
    const other = this.#zones.indexOf(OTHER_ZONES);
    return other >= 0 ? other : this.#zones.push(OTHER_ZONES) - 1;
  }
}

function countOne(
  count: ZoneCount,
  seenAtMs: number,
  isUnderWay: boolean,
  { lateMs, staleMs }: CensusBounds,
): void {
  count.expected++;
  if (isUnderWay) return;
  if (seenAtMs <= lateMs) count.late++;
  if (seenAtMs <= staleMs) count.stale++;
}
