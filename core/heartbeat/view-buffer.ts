import type { Heartbeat, ListenerReport } from './message.ts';
import type { StatusDigest } from './status-digest.ts';
import { textOf, wordsOf } from './uuid-words.ts';
import { COUNTERS_PER_LISTENER, type HeartbeatView, ID_WORDS } from './view.ts';

/** The one view of a reader, written anew by each read. Its arrays grow with the largest message seen. */
export class ViewBuffer implements HeartbeatView {
  readonly id = new Uint32Array(ID_WORDS);
  sequence = -1;
  epoch = 0;
  version = 0;
  hasDeltas = false;
  digestHigh = 0;
  digestLow = 0;
  listenerCount = 0;
  listenerIds = new Uint32Array(LISTENERS_AT_FIRST * ID_WORDS);
  counters = new Float64Array(LISTENERS_AT_FIRST * COUNTERS_PER_LISTENER);
  isPlain = true;
  readonly #decode: () => Heartbeat;

  /** @param decode reads again, as objects, what was read last */
  constructor(decode: () => Heartbeat) {
    this.#decode = decode;
  }

  heartbeat(): Heartbeat {
    return this.#decode();
  }

  /** Of nothing yet. */
  begin(): void {
    this.sequence = -1;
    this.epoch = 0;
    this.version = 0;
    this.listenerCount = 0;
    this.isPlain = true;
  }

  /** Whether a listener is there twice; true also for so many that looking would take long. */
  hasTwins(): boolean {
    const { listenerCount } = this;
    if (listenerCount > LISTENERS_COMPARED_MAX) return true;
    for (let one = 1; one < listenerCount; one++)
      for (let other = 0; other < one; other++)
        if (this.#areSame(one * ID_WORDS, other * ID_WORDS)) return true;
    return false;
  }

  #areSame(one: number, other: number): boolean {
    const ids = this.listenerIds;
    for (let word = 0; word < ID_WORDS; word++)
      if (ids[one + word] !== ids[other + word]) return false;
    return true;
  }

  /** Makes room for one listener more; what is filled stays. @returns its place */
  addListener(): number {
    const place = this.listenerCount++;
    if (this.listenerIds.length < this.listenerCount * ID_WORDS) {
      const ids = new Uint32Array(this.listenerIds.length * 2);
      ids.set(this.listenerIds);
      this.listenerIds = ids;
      const counters = new Float64Array(this.counters.length * 2);
      counters.set(this.counters);
      this.counters = counters;
    }
    return place;
  }

  /** The slow way in, for messages that the fast readers leave alone. */
  fill(heartbeat: Heartbeat, epoch: number, digest: Pick<StatusDigest, 'high' | 'low'>): void {
    wordsOf(heartbeat.amphoraId, this.id);
    this.begin();
    this.sequence = heartbeat.sequence ?? -1;
    this.epoch = epoch;
    this.version = heartbeat.version;
    this.hasDeltas = heartbeat.hasDeltas;
    this.digestHigh = digest.high;
    this.digestLow = digest.low;
    for (const [id, listener] of heartbeat.listeners) this.#fillListener(id, listener);
  }

  #fillListener(id: string, listener: ListenerReport): void {
    const place = this.addListener();
    const offset = place * ID_WORDS;
    if (!wordsOf(id, this.listenerIds, offset) || textOf(this.listenerIds, offset) !== id)
      this.isPlain = false;
    for (const [index, counter] of countersOf(listener).entries()) {
      if (typeof counter === 'bigint') this.isPlain = false;
      this.counters[place * COUNTERS_PER_LISTENER + index] = Number(counter);
    }
  }
}

const LISTENERS_AT_FIRST = 16;
const LISTENERS_COMPARED_MAX = 256;

/** In the order in which they travel. */
export function countersOf(listener: ListenerReport): readonly (number | bigint)[] {
  return [
    listener.rxBytes,
    listener.txBytes,
    listener.activeConnections,
    listener.totalConnections,
    listener.requestErrors,
  ];
}
