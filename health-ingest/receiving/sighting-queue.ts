import { grown } from '../exchange/id-table.ts';

/** Amphorae that were heard of at about the same time. */
export interface SightingGroup {
  /** Four words an amphora. */
  readonly ids: Uint32Array;
  /** Monotonic: when the one silent for longest was last heard. */
  readonly oldestAtMs: number;
}

const ID_WORDS = 4;
const CAPACITY_MIN = 4096;
/** 256 kB an entry of the stream. */
const IDS_PER_GROUP_MAX = 16_384;
/** Within a group all count as heard when its oldest was; so they must be of about one time. */
const SPREAD_MS_MAX = 250;
const SPREADS_MAX = 64;

/**
 * The amphorae that a thread heard of and has not yet told anybody. One heard of again is one entry with a later time:
 * however long nobody takes them, there are no more than amphorae.
 */
export class SightingQueue {
  readonly #entriesMax: number;
  #size = 0;
  #ids = new Uint32Array(CAPACITY_MIN * ID_WORDS);
  #atMs = new Float64Array(CAPACITY_MIN);
  /** Slot → its entry, if that is one of now and has its id; of slots below `entriesMax`. */
  readonly #entryOf: Uint32Array;

  constructor(entriesMax: number) {
    this.#entriesMax = entriesMax;
    // Pages that nobody writes to take no memory.
    this.#entryOf = new Uint32Array(entriesMax);
  }

  get size(): number {
    return this.#size;
  }

  /**
   * @param slot of the amphora in its thread's table; -1: it has none, and gets an entry each time
   * @returns false when there is no room
   */
  add(slot: number, id: Uint32Array, nowMs: number): boolean {
    const known = slot < this.#entryOf.length ? (this.#entryOf[slot] as number) : this.#size;
    if (slot >= 0 && known < this.#size && this.#isEntryOf(known, id)) {
      this.#atMs[known] = nowMs;
      return true;
    }
    if (this.#size === this.#entriesMax) return false;
    if (this.#size === this.#atMs.length) this.#grow();
    this.#ids.set(id, this.#size * ID_WORDS);
    this.#atMs[this.#size] = nowMs;
    if (slot >= 0) this.#entryOf[slot] = this.#size;
    this.#size++;
    return true;
  }

  /** Empties the queue. @returns all that was in it, oldest first */
  take(): readonly SightingGroup[] {
    const size = this.#size;
    if (size === 0) return [];
    this.#size = 0;
    const groups = groupsOf(this.#ids.subarray(0, size * ID_WORDS), this.#atMs.subarray(0, size));
    if (this.#atMs.length > CAPACITY_MIN && size < this.#atMs.length / 8) this.#shrink();
    return groups;
  }

  #isEntryOf(entry: number, id: Uint32Array): boolean {
    const at = entry * ID_WORDS;
    const ids = this.#ids;
    return (
      ids[at] === id[0] && ids[at + 1] === id[1] && ids[at + 2] === id[2] && ids[at + 3] === id[3]
    );
  }

  #grow(): void {
    const capacity = Math.min(this.#atMs.length * 2, this.#entriesMax);
    this.#ids = grown(this.#ids, capacity * ID_WORDS);
    this.#atMs = grown(this.#atMs, capacity);
  }

  /** What an outage of Redis made large need not stay so. */
  #shrink(): void {
    this.#ids = new Uint32Array(CAPACITY_MIN * ID_WORDS);
    this.#atMs = new Float64Array(CAPACITY_MIN);
  }
}

/** Copies, by time when they are of several times: sorting a million would hold up the socket, counting does not. */
function groupsOf(ids: Uint32Array, atMs: Float64Array): readonly SightingGroup[] {
  const { oldest, newest } = rangeOf(atMs);
  const spreadMs = Math.max(SPREAD_MS_MAX, (newest - oldest) / (SPREADS_MAX - 1));
  const spreads = 1 + Math.floor((newest - oldest) / spreadMs);
  if (spreads === 1) return cut(ids.slice(), oldest);
  const spreadOf = (at: number): number => Math.floor((at - oldest) / spreadMs);
  const ends = new Uint32Array(spreads);
  const oldestIn = new Float64Array(spreads).fill(newest);
  for (const at of atMs) {
    const spread = spreadOf(at);
    ends[spread] = (ends[spread] as number) + 1;
    oldestIn[spread] = Math.min(oldestIn[spread] as number, at);
  }
  for (let spread = 1; spread < spreads; spread++)
    ends[spread] = (ends[spread] as number) + (ends[spread - 1] as number);
  const sorted = new Uint32Array(ids.length);
  const next = Uint32Array.from(ends, (_, spread) => (spread === 0 ? 0 : (ends[spread - 1] ?? 0)));
  for (let entry = 0; entry < atMs.length; entry++) {
    const spread = spreadOf(atMs[entry] as number);
    const to = (next[spread] as number) * ID_WORDS;
    next[spread] = (next[spread] as number) + 1;
    for (let word = 0; word < ID_WORDS; word++)
      sorted[to + word] = ids[entry * ID_WORDS + word] as number;
  }
  return [...oldestIn].flatMap((at, spread) => {
    const from = spread === 0 ? 0 : (ends[spread - 1] as number);
    return cut(sorted.subarray(from * ID_WORDS, (ends[spread] as number) * ID_WORDS), at);
  });
}

function cut(ids: Uint32Array, oldestAtMs: number): readonly SightingGroup[] {
  const words = IDS_PER_GROUP_MAX * ID_WORDS;
  return Array.from({ length: Math.ceil(ids.length / words) }, (_, index) => ({
    ids: ids.subarray(index * words, (index + 1) * words),
    oldestAtMs,
  }));
}

function rangeOf(values: Float64Array): { readonly oldest: number; readonly newest: number } {
  let oldest = Number.POSITIVE_INFINITY;
  let newest = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < oldest) oldest = value;
    if (value > newest) newest = value;
  }
  return { oldest, newest };
}
