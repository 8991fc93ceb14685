import assert from 'node:assert';
import { type AmphoraMemory, OWNED, RECORD_DOUBLES, RECORD_WORDS } from './amphora-memory.ts';
import { waitWhile } from './wait-while.ts';

/** Doubles of a record. Epoch and newest number are `SequenceWindows`', the times are monotonic. */
export const EPOCH = 0;
export const NEWEST = 1;
export const SEEN_AT_MS = 2;
export const REPORTED_AT_MS = 3;

/** Words of a record, behind its doubles. The first three are `SequenceWindows`'. */
export const SEEN = 8;
export const NEWEST_CONTENT = 9;
export const FIRST_CONTENT = 10;
export const DIGEST_HIGH = 11;
export const DIGEST_LOW = 12;
/** Of what must be told when it changes: open connections, and on old wires the totals. */
export const GAUGES = 13;
const FLAGS = 14;
/** Which thread heard the amphora last (`OWNER_STEP` a thread, 0: none), and whether it is `HELD` just now. */
const OWNER = 15;
const OWNER_STEP = 2;
const HELD = 1;

export const NOBODY = 0;

/**
 * What the threads remember of each amphora, by slot. One thread at a time `hold`s a record and changes it; flags may be
 * raised by anybody at any time.
 */
export class AmphoraRecords {
  readonly words: Uint32Array;
  /** The same memory. */
  readonly doubles: Float64Array;
  readonly #owners: Int32Array;
  readonly #header: Int32Array;
  /** What `OWNER` says of a record that this thread had last. */
  readonly mine: number;

  /** @param thread counts from 0 */
  constructor(memory: AmphoraMemory, thread: number) {
    this.words = memory.records;
    this.doubles = memory.recordDoubles;
    this.#owners = memory.recordLocks;
    this.#header = memory.header;
    this.mine = (thread + 1) * OWNER_STEP;
  }

  /** Amphorae that this thread heard last. */
  get owned(): number {
    return this.#header[OWNED + this.mine / OWNER_STEP - 1] as number;
  }

  /** Until `release`. Others wait for a record as long as one heartbeat takes. @returns its owner before */
  hold(slot: number): number {
    const at = slot * RECORD_WORDS + OWNER;
    const held = this.mine | HELD;
    for (let expected = this.mine; ; ) {
      const found = Atomics.compareExchange(this.#owners, at, expected, held);
      if (found === expected) return found;
      assert(found !== held, `slot ${slot} is held by this thread already`);
      if ((found & HELD) !== 0) waitWhile(this.#owners, at, found);
      expected = found & ~HELD;
    }
  }

  release(slot: number, owner: number): void {
    Atomics.store(this.#owners, slot * RECORD_WORDS + OWNER, owner);
  }

  /** Counts an amphora for its new owner. */
  handOver(from: number, to: number): void {
    if (from !== NOBODY) Atomics.sub(this.#header, OWNED + from / OWNER_STEP - 1, 1);
    if (to !== NOBODY) Atomics.add(this.#header, OWNED + to / OWNER_STEP - 1, 1);
  }

  /** Monotonic: when its last sign of life came. */
  seenAtMs(slot: number): number {
    return this.doubles[slot * RECORD_DOUBLES + SEEN_AT_MS] as number;
  }

  has(slot: number, flag: number): boolean {
    return ((this.words[slot * RECORD_WORDS + FLAGS] as number) & flag) !== 0;
  }

  /** Of a new amphora. */
  reset(slot: number, flags: number): void {
    Atomics.store(this.words, slot * RECORD_WORDS + FLAGS, flags);
  }

  raise(slot: number, flags: number): void {
    Atomics.or(this.words, slot * RECORD_WORDS + FLAGS, flags);
  }

  drop(slot: number, flags: number): void {
    Atomics.and(this.words, slot * RECORD_WORDS + FLAGS, ~flags);
  }
}
