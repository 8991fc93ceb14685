import { COUNTERS_PER_LISTENER, ID_WORDS } from '#core/heartbeat/view.ts';
import { grown, IdTable } from '../exchange/id-table.ts';
import { COUNTERS_AT, KIND_AT, LISTENER_AT, RECORD_WORDS } from '../exchange/statistics-record.ts';

const OPEN_CONNECTIONS = 2;

const RECORDS_MIN = 4096;
/** Records from which those of one listener are added up: so many wait only while Redis is slow or away. */
const SUMMED_FROM = 16_384;
const WORD = 2 ** 32;
/** Of 2^63 - 1, the largest number that a column of statistics holds. */
const HIGH_MAX = 0x7fff_ffff;

/** What listeners carried, on its way out: no object a record, and while much waits one record a listener and amphora. */
export class StatisticsBuffer {
  readonly #recordsMax: number;
  #size = 0;
  #words = new Uint32Array(RECORDS_MIN * RECORD_WORDS);
  /** Amphora and listener, as one id, → its newest record; only once much waits. */
  #index: IdTable | null = null;
  #records = new Uint32Array(0);
  readonly #key = new Uint32Array(ID_WORDS);

  constructor(recordsMax: number) {
    this.#recordsMax = recordsMax;
  }

  get size(): number {
    return this.#size;
  }

  /**
   * @param listeners read from `listener * ID_WORDS`
   * @param counters read from `listener * COUNTERS_PER_LISTENER`; whole numbers up to 2^53
   * @returns false when there is no room
   */
  add(
    amphora: Uint32Array,
    isDelta: boolean,
    listeners: Uint32Array,
    counters: Float64Array,
    listener: number,
  ): boolean {
    if (this.#size < SUMMED_FROM) {
      this.#append(amphora, isDelta, listeners, counters, listener);
      return true;
    }
    const index = this.#index ?? this.#indexAll();
    const key = this.#keyOf(amphora, 0, listeners, listener * ID_WORDS);
    const slot = index.find(key);
    const known = slot < 0 ? -1 : (this.#records[slot] as number);
    if (known >= 0 && this.#isOf(known, amphora, isDelta, listeners, listener)) {
      this.#combine(known, isDelta, counters, listener);
      return true;
    }
    if (this.#size === this.#recordsMax) return false;
    this.#append(amphora, isDelta, listeners, counters, listener);
    this.#enter(index, key, this.#size - 1);
    return true;
  }

  /** One whole record, never added up: for the few that `add` has no form for. @returns false when there is no room */
  addRecord(record: Uint32Array): boolean {
    if (this.#size === this.#recordsMax) return false;
    const start = this.#size * RECORD_WORDS;
    if (start === this.#words.length) this.#words = grown(this.#words, start * 2);
    this.#words.set(record, start);
    this.#size++;
    // Made anew when next needed, this record the newest of its listener.
    this.#index = null;
    return true;
  }

  /** Empties the buffer. @returns its records, `RECORD_WORDS` each */
  take(): Uint32Array {
    const taken = this.#words.slice(0, this.#size * RECORD_WORDS);
    if (this.#size > RECORDS_MIN * 4) this.#words = new Uint32Array(RECORDS_MIN * RECORD_WORDS);
    this.#size = 0;
    this.#index = null;
    return taken;
  }

  #append(
    amphora: Uint32Array,
    isDelta: boolean,
    listeners: Uint32Array,
    counters: Float64Array,
    listener: number,
  ): void {
    const start = this.#size * RECORD_WORDS;
    if (start === this.#words.length) this.#words = grown(this.#words, start * 2);
    const words = this.#words;
    for (let word = 0; word < ID_WORDS; word++) {
      words[start + word] = amphora[word] as number;
      words[start + LISTENER_AT + word] = listeners[listener * ID_WORDS + word] as number;
    }
    words[start + KIND_AT] = isDelta ? 1 : 0;
    this.#size++;
    for (let counter = 0; counter < COUNTERS_PER_LISTENER; counter++)
      this.#set(start, counter, counters[listener * COUNTERS_PER_LISTENER + counter] as number);
  }

  #combine(record: number, isDelta: boolean, counters: Float64Array, listener: number): void {
    const start = record * RECORD_WORDS;
    for (let counter = 0; counter < COUNTERS_PER_LISTENER; counter++) {
      const value = counters[listener * COUNTERS_PER_LISTENER + counter] as number;
      if (isDelta && counter !== OPEN_CONNECTIONS) this.#increase(start, counter, value);
      else this.#set(start, counter, value);
    }
  }

  #set(start: number, counter: number, value: number): void {
    const at = start + COUNTERS_AT + 2 * counter;
    this.#words[at] = value / WORD;
    this.#words[at + 1] = value;
  }

  #increase(start: number, counter: number, value: number): void {
    const at = start + COUNTERS_AT + 2 * counter;
    const low = (this.#words[at + 1] as number) + (value % WORD);
    const high = (this.#words[at] as number) + Math.floor(value / WORD) + (low >= WORD ? 1 : 0);
    this.#words[at] = Math.min(high, HIGH_MAX);
    this.#words[at + 1] = high > HIGH_MAX ? WORD - 1 : low;
  }

  #indexAll(): IdTable {
    const index = new IdTable(this.#recordsMax);
    for (let record = 0; record < this.#size; record++) {
      const start = record * RECORD_WORDS;
      this.#enter(index, this.#keyOf(this.#words, start, this.#words, start + LISTENER_AT), record);
    }
    this.#index = index;
    return index;
  }

  #enter(index: IdTable, key: Uint32Array, record: number): void {
    const slot = index.put(key);
    this.#records = grown(this.#records, index.capacity);
    this.#records[slot] = record;
  }

  /** Two pairs with one key are told apart by `#isOf`. */
  #keyOf(amphora: Uint32Array, at: number, listener: Uint32Array, listenerAt: number): Uint32Array {
    for (let word = 0; word < ID_WORDS; word++)
      this.#key[word] = (amphora[at + word] as number) ^ (listener[listenerAt + word] as number);
    return this.#key;
  }

  #isOf(
    record: number,
    amphora: Uint32Array,
    isDelta: boolean,
    listeners: Uint32Array,
    listener: number,
  ): boolean {
    const start = record * RECORD_WORDS;
    for (let word = 0; word < ID_WORDS; word++) {
      if (this.#words[start + word] !== amphora[word]) return false;
      if (this.#words[start + LISTENER_AT + word] !== listeners[listener * ID_WORDS + word])
        return false;
    }
    return this.#words[start + KIND_AT] === (isDelta ? 1 : 0);
  }
}
