import { placesFor } from '../exchange/id-table.ts';

const ID_WORDS = 4;
/** A record is a cache line: a heartbeat of one amphora of a million finds nothing of it in the cache. */
export const RECORD_WORDS = 16;
export const RECORD_DOUBLES = RECORD_WORDS / 2;

export const THREADS_MAX = 64;
const PLACES_MIN = 2048;

/** Words of the header. What is read with each heartbeat and what changes with each new amphora are cache lines apart. */
const PLACES = 0;
const AMPHORAE_MAX = 1;
/** A double. */
const ALL_ASKED_AT_MS = 2;
export const LOCK = 16;
export const SIZE = 17;
/** Slots below were handed out at least once. */
export const USED_SLOTS = 18;
/** The slot deleted last, whose id's first word is the one deleted before it, and so on; -1: none. */
export const FREE_SLOT = 19;
/** From here on: how many amphorae each thread has. */
export const OWNED = 32;
/** Behind what the allocator keeps in front, records begin at a cache line. */
const HEADER_WORDS = OWNED + THREADS_MAX + 12;

/** What the receiving threads remember, in memory that they share. Each of them makes its own views of it. */
export interface AmphoraMemory {
  readonly amphoraeMax: number;
  readonly header: Int32Array;
  /** Monotonic; one double. */
  readonly allAskedAtMs: Float64Array;
  /** `RECORD_WORDS` a slot, also seen as doubles and, for locks, as signed words. */
  readonly records: Uint32Array;
  readonly recordDoubles: Float64Array;
  readonly recordLocks: Int32Array;
  /** Four words a slot. */
  readonly ids: Uint32Array;
  /** Place → slot + 1; 0: nobody. Only the first `placesOf` of them are in use. */
  readonly index: Uint32Array;
}

/**
 * All that there will ever be room for. The operating system gives a page of it when the page is first written to, so a
 * small fleet takes little, and nothing has to be copied when a fleet grows.
 */
export function allocateAmphorae(amphoraeMax: number): SharedArrayBuffer {
  const words = HEADER_WORDS + amphoraeMax * (RECORD_WORDS + ID_WORDS) + placesFor(amphoraeMax);
  const buffer = new SharedArrayBuffer(words * Uint32Array.BYTES_PER_ELEMENT);
  const header = new Int32Array(buffer, 0, HEADER_WORDS);
  header[AMPHORAE_MAX] = amphoraeMax;
  header[PLACES] = Math.min(PLACES_MIN, placesFor(amphoraeMax));
  header[FREE_SLOT] = -1;
  const memory = viewsOf(buffer);
  memory.allAskedAtMs[0] = -1;
  return buffer;
}

export function viewsOf(buffer: SharedArrayBuffer): AmphoraMemory {
  const header = new Int32Array(buffer, 0, HEADER_WORDS);
  const amphoraeMax = header[AMPHORAE_MAX] as number;
  const recordsAt = HEADER_WORDS * 4;
  const idsAt = recordsAt + amphoraeMax * RECORD_WORDS * 4;
  const indexAt = idsAt + amphoraeMax * ID_WORDS * 4;
  return {
    amphoraeMax,
    header,
    allAskedAtMs: new Float64Array(buffer, ALL_ASKED_AT_MS * 4, 1),
    records: new Uint32Array(buffer, recordsAt, amphoraeMax * RECORD_WORDS),
    recordDoubles: new Float64Array(buffer, recordsAt, amphoraeMax * RECORD_DOUBLES),
    recordLocks: new Int32Array(buffer, recordsAt, amphoraeMax * RECORD_WORDS),
    ids: new Uint32Array(buffer, idsAt, amphoraeMax * ID_WORDS),
    index: new Uint32Array(buffer, indexAt, placesFor(amphoraeMax)),
  };
}

export function placesOf({ header }: AmphoraMemory): number {
  return header[PLACES] as number;
}

export function setPlaces({ header }: AmphoraMemory, places: number): void {
  header[PLACES] = places;
}
