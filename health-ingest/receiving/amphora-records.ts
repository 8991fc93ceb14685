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

/** What a thread remembers of each amphora, by slot, in one block of memory. A new record is all zeros. */
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

  empty(slot: number): void {
    this.words.fill(0, slot * RECORD_WORDS, (slot + 1) * RECORD_WORDS);
  }
}
