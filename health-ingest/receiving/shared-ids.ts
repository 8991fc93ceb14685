import { hashOf } from '../exchange/id-table.ts';
import {
  type AmphoraMemory,
  FREE_SLOT,
  LOCK,
  placesOf,
  SIZE,
  setPlaces,
  USED_SLOTS,
} from './amphora-memory.ts';
import { waitWhile } from './wait-while.ts';

const ID_WORDS = 4;
/** Ids a place of the index at most: beyond two of three, looking for one that is not there gets slow. */
const FILL_MAX = 2 / 3;

/**
 * 128-bit ids to slots, as `IdTable`, in memory that threads share. One thread at a time changes it. The others look ids up
 * meanwhile, without waiting: they may miss one that is just moved, and never find a wrong one.
 */
export class SharedIds {
  readonly #memory: AmphoraMemory;
  /** Of the memory, at hand: `bench micro compare`. */
  readonly #ids: Uint32Array;
  readonly #index: Uint32Array;

  constructor(memory: AmphoraMemory) {
    this.#memory = memory;
    this.#ids = memory.ids;
    this.#index = memory.index;
  }

  get size(): number {
    return this.#memory.header[SIZE] as number;
  }

  /** Slots are below it. */
  get usedSlots(): number {
    return this.#memory.header[USED_SLOTS] as number;
  }

  /** @returns the id's slot; -1: it is not there, or `put` says where. By the time it is used the slot may be another's. */
  find(id: Uint32Array, offset = 0): number {
    return (this.#index[this.#placeOf(id, offset)] as number) - 1;
  }

  isAt(slot: number, id: Uint32Array): boolean {
    const ids = this.#ids;
    const at = slot * ID_WORDS;
    return (
      ids[at] === id[0] && ids[at + 1] === id[1] && ids[at + 2] === id[2] && ids[at + 3] === id[3]
    );
  }

  /** Runs what changes the table while no other thread does. What it runs must not wait for anybody who waits for this. */
  alone<Result>(run: () => Result): Result {
    const { header } = this.#memory;
    while (Atomics.compareExchange(header, LOCK, 0, 1) !== 0) waitWhile(header, LOCK, 1);
    try {
      return run();
    } finally {
      Atomics.store(header, LOCK, 0);
    }
  }

  /** Only `alone`. @returns the slot of an id, known or new; -1: it is new and there is no room */
  put(id: Uint32Array): number {
    const known = this.find(id);
    if (known >= 0) return known;
    if (this.size === this.#memory.amphoraeMax) return -1;
    const slot = this.#takeSlot();
    this.#ids.set(id, slot * ID_WORDS);
    // After the words, for those who look at the same time.
    Atomics.store(this.#index, this.#placeOf(id, 0), slot + 1);
    Atomics.add(this.#memory.header, SIZE, 1);
    return slot;
  }

  /** Only `alone`. @param slot of an id that is there; it may be given to the next new one */
  delete(slot: number): void {
    const { header, ids } = this.#memory;
    this.#leave(this.#placeOf(ids, slot * ID_WORDS));
    ids[slot * ID_WORDS] = header[FREE_SLOT] as number;
    header[FREE_SLOT] = slot;
    Atomics.sub(header, SIZE, 1);
  }

  /** @returns where in the index the id is, or where it would be */
  #placeOf(id: Uint32Array, offset: number): number {
    const ids = this.#ids;
    const index = this.#index;
    const mask = placesOf(this.#memory) - 1;
    for (let place = hashOf(id, offset) & mask; ; place = (place + 1) & mask) {
      const slot = (index[place] as number) - 1;
      if (slot < 0) return place;
      const at = slot * ID_WORDS;
      if (
        ids[at] === id[offset] &&
        ids[at + 1] === id[offset + 1] &&
        ids[at + 2] === id[offset + 2] &&
        ids[at + 3] === id[offset + 3]
      )
        return place;
    }
  }

  #takeSlot(): number {
    const { header, ids } = this.#memory;
    const free = header[FREE_SLOT] as number;
    if (free >= 0) {
      // The end of the chain, -1, reads as the largest word.
      header[FREE_SLOT] = (ids[free * ID_WORDS] as number) | 0;
      return free;
    }
    const slot = header[USED_SLOTS] as number;
    if (slot + 1 > placesOf(this.#memory) * FILL_MAX) this.#spread(slot);
    header[USED_SLOTS] = slot + 1;
    return slot;
  }

  /** Only ever called when every slot below is in use. */
  #spread(slots: number): void {
    const { ids, index } = this.#memory;
    const places = placesOf(this.#memory);
    setPlaces(this.#memory, places * 2);
    index.fill(0, 0, places);
    for (let slot = 0; slot < slots; slot++) index[this.#placeOf(ids, slot * ID_WORDS)] = slot + 1;
  }

  /** Empties a place, and moves up those behind it that would not be found across the gap. */
  #leave(emptied: number): void {
    const { ids, index } = this.#memory;
    const mask = placesOf(this.#memory) - 1;
    let gap = emptied;
    for (let place = (gap + 1) & mask; index[place] !== 0; place = (place + 1) & mask) {
      const home = hashOf(ids, ((index[place] as number) - 1) * ID_WORDS) & mask;
      if (((place - home) & mask) < ((place - gap) & mask)) continue;
      index[gap] = index[place] as number;
      gap = place;
    }
    index[gap] = 0;
  }
}
