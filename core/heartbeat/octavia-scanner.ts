import { COLON, JsonCursor, QUOTE } from './json-cursor.ts';
import { closeDigest, Mark, StatusDigest } from './status-digest.ts';
import { COUNTERS_PER_LISTENER, ID_WORDS } from './view.ts';
import type { ViewBuffer } from './view-buffer.ts';

const COMMA = 0x2c;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const VERSION_POOLS_ON_TOP = 2;
const VERSION_DELTAS = 3;

/** Names by their length and first letter, and then letter by letter. */
const Name = {
  Id: Buffer.from('id"'),
  Seq: Buffer.from('seq"'),
  Ver: Buffer.from('ver"'),
  Listeners: Buffer.from('listeners"'),
  Pools: Buffer.from('pools"'),
  Status: Buffer.from('status"'),
  Stats: Buffer.from('stats"'),
  Members: Buffer.from('members"'),
} as const;
/** In the order of `counters` in a view. */
const COUNTER_NAMES = ['rx"', 'tx"', 'conns"', 'totconns"', 'ereq"'].map((name) =>
  Buffer.from(name),
);
const ALL_COUNTERS = (1 << COUNTER_NAMES.length) - 1;

/** Fields of one object that were there: twice the same is left to the slow way, which knows that the last one counts. */
const Seen = {
  Id: 1,
  Seq: 2,
  Ver: 4,
  Listeners: 8,
  Pools: 16,
  Status: 32,
  Stats: 64,
  Members: 128,
};

/**
 * Reads the JSON of a heartbeat in one pass, without a text or an object, as Octavia's sender writes it. At any surprise
 * (another field, an escape, a number with a point, a field twice) it gives up, and `decodeOctaviaHeartbeat` decides.
 * @see octavia-wire.ts, the reference
 */
export class OctaviaScanner {
  readonly #view: ViewBuffer;
  readonly #digests = { listeners: new StatusDigest(), pools: new StatusDigest() };
  readonly #whole = new StatusDigest();
  readonly #words = new Uint32Array(ID_WORDS);
  readonly #json = new JsonCursor();
  /** Of the pools within listeners. */
  #listenersWithPools = 0;

  constructor(view: ViewBuffer) {
    this.#view = view;
  }

  /** @returns false when it gave up; the view then holds nothing of use */
  scan(bytes: Uint8Array, length: number): boolean {
    this.#json.begin(bytes, length);
    this.#listenersWithPools = 0;
    this.#digests.listeners.reset();
    this.#digests.pools.reset();
    this.#view.begin();
    const seen = this.#scanMessage();
    if (seen < 0 || !this.#json.isAtEnd()) return false;
    return this.#isComplete(seen) && this.#close();
  }

  #isComplete(seen: number): boolean {
    const view = this.#view;
    const always = Seen.Id | Seen.Listeners;
    if ((seen & always) !== always || view.version > VERSION_DELTAS) return false;
    const isOnTop = view.version >= VERSION_POOLS_ON_TOP;
    if (isOnTop !== ((seen & Seen.Pools) !== 0)) return false;
    if (this.#listenersWithPools !== (isOnTop ? 0 : view.listenerCount)) return false;
    return !view.hasTwins();
  }

  #close(): boolean {
    const view = this.#view;
    view.hasDeltas = view.version >= VERSION_DELTAS;
    closeDigest(this.#digests, view.version, this.#whole);
    view.digestHigh = this.#whole.high;
    view.digestLow = this.#whole.low;
    return true;
  }

  /** @returns which fields there were, or -1 */
  #scanMessage(): number {
    if (!this.#json.take(OPEN)) return -1;
    let seen = 0;
    do {
      if (!this.#json.take(QUOTE)) return -1;
      const field = this.#scanField();
      if (field < 0 || (seen & field) !== 0) return -1;
      seen |= field;
    } while (this.#json.take(COMMA));
    return this.#json.take(CLOSE) ? seen : -1;
  }

  #scanField(): number {
    const view = this.#view;
    switch (this.#json.peek(0)) {
      case 0x69: {
        const isId =
          this.#json.takeName(Name.Id) && this.#json.take(QUOTE) && this.#json.takeId(view.id, 0);
        return isId && this.#json.takeNext(QUOTE) ? Seen.Id : -1;
      }
      case 0x73:
        if (!this.#json.takeName(Name.Seq)) return -1;
        view.sequence = this.#json.takeNumber();
        return view.sequence < 0 ? -1 : Seen.Seq;
      case 0x76:
        if (!this.#json.takeName(Name.Ver)) return -1;
        view.version = this.#json.takeNumber();
        return view.version < 0 ? -1 : Seen.Ver;
      case 0x6c:
        return this.#json.takeName(Name.Listeners) && this.#scanListeners() ? Seen.Listeners : -1;
      case 0x70:
        return this.#json.takeName(Name.Pools) && this.#scanPools(-1) ? Seen.Pools : -1;
      default:
        return -1;
    }
  }

  #scanListeners(): boolean {
    if (!this.#json.take(OPEN)) return false;
    if (this.#json.take(CLOSE)) return true;
    do {
      const place = this.#view.addListener();
      const offset = place * ID_WORDS;
      const digest = this.#digests.listeners;
      if (!this.#json.take(QUOTE) || !this.#json.takeId(this.#view.listenerIds, offset))
        return false;
      if (!this.#json.takeNext(QUOTE) || !this.#json.take(COLON)) return false;
      digest.mix(Mark.Listener);
      digest.mixId(this.#view.listenerIds, offset);
      if (!this.#scanListener(place)) return false;
    } while (this.#json.take(COMMA));
    return this.#json.take(CLOSE);
  }

  #scanListener(place: number): boolean {
    if (!this.#json.take(OPEN)) return false;
    let seen = 0;
    do {
      if (!this.#json.take(QUOTE)) return false;
      const field = this.#scanListenerField(place);
      if (field < 0 || (seen & field) !== 0) return false;
      seen |= field;
    } while (this.#json.take(COMMA));
    const always = Seen.Status | Seen.Stats;
    if ((seen & Seen.Pools) !== 0) this.#listenersWithPools++;
    return (seen & always) === always && this.#json.take(CLOSE);
  }

  #scanListenerField(place: number): number {
    if (this.#json.peek(0) === 0x70)
      return this.#json.takeName(Name.Pools) && this.#scanPools(place) ? Seen.Pools : -1;
    // status, or stats
    if (this.#json.peek(4) === 0x75)
      return this.#json.takeName(Name.Status) && this.#json.takeWord(this.#digests.listeners)
        ? Seen.Status
        : -1;
    return this.#json.takeName(Name.Stats) && this.#scanCounters(place * COUNTERS_PER_LISTENER)
      ? Seen.Stats
      : -1;
  }

  #scanCounters(offset: number): boolean {
    if (!this.#json.take(OPEN)) return false;
    let seen = 0;
    do {
      if (!this.#json.take(QUOTE)) return false;
      const index = counterNamedBy(this.#json.peek(0), this.#json.peek(1));
      if (index < 0 || !this.#json.takeName(COUNTER_NAMES[index] as Buffer)) return false;
      const value = this.#json.takeNumber();
      if (value < 0 || (seen & (1 << index)) !== 0) return false;
      this.#view.counters[offset + index] = value;
      seen |= 1 << index;
    } while (this.#json.take(COMMA));
    return seen === ALL_COUNTERS && this.#json.take(CLOSE);
  }

  /** @param listener the place of the listener around them; -1: they stand on top, and their names tell */
  #scanPools(listener: number): boolean {
    const digest = this.#digests.pools;
    if (!this.#json.take(OPEN)) return false;
    if (this.#json.take(CLOSE)) return true;
    do {
      if (!this.#json.take(QUOTE) || !this.#json.takeId(this.#words, 0)) return false;
      digest.mix(Mark.Pool);
      digest.mixId(this.#words, 0);
      if (listener >= 0) digest.mixId(this.#view.listenerIds, listener * ID_WORDS);
      else if (this.#json.peek(0) === COLON) {
        this.#json.takeNext(COLON);
        if (!this.#json.takeId(this.#words, 0)) return false;
        digest.mixId(this.#words, 0);
      } else digest.mix(Mark.NoListener);
      if (!this.#json.takeNext(QUOTE) || !this.#json.take(COLON) || !this.#scanPool()) return false;
    } while (this.#json.take(COMMA));
    return this.#json.take(CLOSE);
  }

  #scanPool(): boolean {
    const digest = this.#digests.pools;
    const isBegun =
      this.#json.take(OPEN) && this.#json.take(QUOTE) && this.#json.takeName(Name.Status);
    if (!isBegun || !this.#json.takeWord(digest) || !this.#json.take(COMMA)) return false;
    if (!this.#json.take(QUOTE) || !this.#json.takeName(Name.Members) || !this.#json.take(OPEN))
      return false;
    if (this.#json.take(CLOSE)) return this.#json.take(CLOSE);
    do {
      if (!this.#json.take(QUOTE) || !this.#json.takeId(this.#words, 0)) return false;
      digest.mix(Mark.Member);
      digest.mixId(this.#words, 0);
      if (!this.#json.takeNext(QUOTE) || !this.#json.take(COLON) || !this.#json.takeWord(digest))
        return false;
    } while (this.#json.take(COMMA));
    return this.#json.take(CLOSE) && this.#json.take(CLOSE);
  }
}

/** By the first two letters. @returns the place in `COUNTER_NAMES`, or -1 */
function counterNamedBy(first: number, second: number): number {
  switch (first) {
    case 0x72:
      return 0;
    case 0x74:
      return second === 0x78 ? 1 : 3;
    case 0x63:
      return 2;
    case 0x65:
      return 4;
    default:
      return -1;
  }
}
