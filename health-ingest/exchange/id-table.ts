const ID_WORDS = 4;
const CAPACITY_MIN = 1024;
/** Ids a place of the index at most: beyond two of three, looking for one that is not there gets slow. */
const FILL_MAX = 2 / 3;

/** The column with room for more slots; what it held stays. A column's type is its own. */
export function grown<Column extends Uint8Array | Uint32Array | Int32Array | Float64Array>(
  column: Column,
  capacity: number,
): Column {
  if (column.length >= capacity) return column;
  const larger = new (column.constructor as new (length: number) => Column)(capacity);
  larger.set(column);
  return larger;
}

/**
 * 128-bit ids to small slot numbers, which stay as long as the id is there. Open addressing in typed arrays, 24 to 36
 * bytes an id, so that a million amphorae are no objects that the garbage collector walks over. Users keep what they
 * know of an id in columns (typed arrays) by slot, and let them grow to `capacity`.
 *
 * An id is four words, the first the most significant.
 */
export class IdTable {
  readonly #idsMax: number;
  #size = 0;
  #capacity: number;
  /** Slots below were handed out at least once. */
  #usedSlots = 0;
  /** The last one deleted, whose first word is the one deleted before it, and so on; -1: none. */
  #freeSlot = -1;
  #words: Uint32Array;
  /** Place → slot + 1; 0: nobody. */
  #index: Uint32Array;

  constructor(idsMax: number) {
    this.#idsMax = idsMax;
    this.#capacity = Math.min(CAPACITY_MIN, idsMax);
    this.#words = new Uint32Array(this.#capacity * ID_WORDS);
    this.#index = new Uint32Array(placesFor(this.#capacity));
  }

  get size(): number {
    return this.#size;
  }

  /** Slots are below it. Grows by `put`, to `idsMax` at most. */
  get capacity(): number {
    return this.#capacity;
  }

  /** @returns the id's slot, or -1 */
  find(id: Uint32Array, offset = 0): number {
    return (this.#index[this.#placeOf(id, offset)] as number) - 1;
  }

  /** @returns the slot of an id, known or new; -1: it is new and there is no room */
  put(id: Uint32Array, offset = 0): number {
    const place = this.#placeOf(id, offset);
    const known = (this.#index[place] as number) - 1;
    if (known >= 0) return known;
    if (this.#size === this.#idsMax) return -1;
    if (this.#size === this.#capacity) {
      this.#grow();
      return this.#enter(id, offset, this.#placeOf(id, offset));
    }
    return this.#enter(id, offset, place);
  }

  /** @param slot of an id that is there; it may be given to the next new one */
  delete(slot: number): void {
    this.#leave(this.#placeOf(this.#words, slot * ID_WORDS));
    this.#words[slot * ID_WORDS] = this.#freeSlot;
    this.#freeSlot = slot;
    this.#size--;
  }

  /** Copies the id of a slot in use. */
  idAt(slot: number, into: Uint32Array, offset = 0): void {
    for (let word = 0; word < ID_WORDS; word++)
      into[offset + word] = this.#words[slot * ID_WORDS + word] as number;
  }

  /** @returns where in the index the id is, or where it would be */
  #placeOf(id: Uint32Array, offset: number): number {
    const words = this.#words;
    const index = this.#index;
    const mask = index.length - 1;
    for (let place = hashOf(id, offset) & mask; ; place = (place + 1) & mask) {
      const slot = (index[place] as number) - 1;
      if (slot < 0) return place;
      const at = slot * ID_WORDS;
      if (
        words[at] === id[offset] &&
        words[at + 1] === id[offset + 1] &&
        words[at + 2] === id[offset + 2] &&
        words[at + 3] === id[offset + 3]
      )
        return place;
    }
  }

  #enter(id: Uint32Array, offset: number, place: number): number {
    let slot = this.#freeSlot;
    // The end of the chain, -1, reads as the largest word.
    if (slot >= 0) this.#freeSlot = (this.#words[slot * ID_WORDS] as number) | 0;
    else slot = this.#usedSlots++;
    for (let word = 0; word < ID_WORDS; word++)
      this.#words[slot * ID_WORDS + word] = id[offset + word] as number;
    this.#index[place] = slot + 1;
    this.#size++;
    return slot;
  }

  /** Empties a place, and moves up those behind it that would not be found across the gap. */
  #leave(emptied: number): void {
    const index = this.#index;
    const mask = index.length - 1;
    let gap = emptied;
    for (let place = (gap + 1) & mask; index[place] !== 0; place = (place + 1) & mask) {
      const home = hashOf(this.#words, ((index[place] as number) - 1) * ID_WORDS) & mask;
      if (((place - home) & mask) < ((place - gap) & mask)) continue;
      index[gap] = index[place] as number;
      gap = place;
    }
    index[gap] = 0;
  }

  /** Only ever called when every slot is in use. */
  #grow(): void {
    this.#capacity = Math.min(this.#capacity * 2, this.#idsMax);
    this.#words = grown(this.#words, this.#capacity * ID_WORDS);
    this.#index = new Uint32Array(placesFor(this.#capacity));
    for (let slot = 0; slot < this.#usedSlots; slot++)
      this.#index[this.#placeOf(this.#words, slot * ID_WORDS)] = slot + 1;
  }
}

/** @returns places of an index for so many ids, a power of two */
export function placesFor(ids: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(ids, 1) / FILL_MAX + 1));
}

/** Ids are random for the most part, but not those of tests and simulations. */
export function hashOf(id: Uint32Array, offset: number): number {
  let hash = Math.imul((id[offset] as number) ^ ((id[offset + 3] as number) >>> 15), 0x9e3779b1);
  hash = Math.imul(hash ^ (id[offset + 1] as number) ^ (hash >>> 15), 0x85ebca77);
  hash = Math.imul(hash ^ (id[offset + 2] as number) ^ (hash >>> 13), 0xc2b2ae3d);
  hash = Math.imul(hash ^ (id[offset + 3] as number) ^ (hash >>> 16), 0x27d4eb2f);
  return hash ^ (hash >>> 15);
}
