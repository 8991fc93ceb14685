import { grown } from '../exchange/id-table.ts';

/** A record is a cache line: a heartbeat of one amphora of a million finds nothing of it in the cache. */
export const RECORD_WORDS = 16;
export const RECORD_DOUBLES = RECORD_WORDS / 2;

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
export const FLAGS = 14;

/** What a thread remembers of each amphora, by slot, in one block of memory. */
export class AmphoraRecords {
  words = new Uint32Array(0);
  /** The same memory. */
  doubles = new Float64Array(0);

  get capacity(): number {
    return this.words.length / RECORD_WORDS;
  }

  growTo(capacity: number): void {
    this.words = grown(this.words, capacity * RECORD_WORDS);
    this.doubles = new Float64Array(this.words.buffer);
  }

  /** Monotonic: when its last sign of life came. */
  seenAtMs(slot: number): number {
    return this.doubles[slot * RECORD_DOUBLES + SEEN_AT_MS] as number;
  }

  has(slot: number, flag: number): boolean {
    return ((this.words[slot * RECORD_WORDS + FLAGS] as number) & flag) !== 0;
  }

  raise(slot: number, flags: number): void {
    const at = slot * RECORD_WORDS + FLAGS;
    this.words[at] = (this.words[at] as number) | flags;
  }

  drop(slot: number, flags: number): void {
    const at = slot * RECORD_WORDS + FLAGS;
    this.words[at] = (this.words[at] as number) & ~flags;
  }
}
