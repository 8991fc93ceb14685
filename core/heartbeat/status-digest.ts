import type { Heartbeat } from './message.ts';
import { textOf, wordsOf } from './uuid-words.ts';
import { ID_WORDS } from './view.ts';

/**
 * 64 bits over what the statuses of a load balancer depend on. Two lanes that have nothing in common, not a
 * cryptographic hash: who may write a heartbeat holds the key, and gains nothing by two messages that look alike.
 */
export class StatusDigest {
  high = 0;
  low = 0;

  reset(): void {
    this.high = 0;
    this.low = 0;
  }

  mix(word: number): void {
    let scrambled = Math.imul(word, 0xcc9e2d51);
    scrambled = Math.imul((scrambled << 15) | (scrambled >>> 17), 0x1b873593);
    const high = this.high ^ scrambled;
    this.high = (Math.imul((high << 13) | (high >>> 19), 5) + 0xe6546b64) | 0;
    const low = Math.imul(this.low ^ word, 0x9e3779b1);
    this.low = low ^ (low >>> 15);
  }

  mixId(words: Uint32Array, offset: number): void {
    for (let index = 0; index < ID_WORDS; index++) this.mix(words[offset + index] as number);
  }

  /** Two letters a word, and the length, so that texts in a row cannot run into each other. */
  mixText(text: string): void {
    const { length } = text;
    for (let index = 0; index + 1 < length; index += 2)
      this.mix((text.charCodeAt(index) << 16) | text.charCodeAt(index + 1));
    if (length % 2 === 1) this.mix(text.charCodeAt(length - 1));
    this.mix(length);
  }
}

/** What the digest puts before each part, so that a part of one kind is not taken for another. */
export const Mark = { Listener: 1, Pool: 2, NoListener: 3, Member: 4, Text: 5 } as const;

/** Listeners and pools each have their own, since they lie within each other in old messages. */
export interface StatusDigests {
  readonly listeners: StatusDigest;
  readonly pools: StatusDigest;
}

/** @returns the digest of all: [high, low], uint32s, in `into` */
export function closeDigest(
  { listeners, pools }: StatusDigests,
  version: number,
  into: StatusDigest,
): void {
  into.reset();
  into.mix(version);
  into.mix(listeners.high);
  into.mix(listeners.low);
  into.mix(pools.high);
  into.mix(pools.low);
  into.high = avalanche(into.high);
  into.low = avalanche(into.low);
}

/** The digest of a message that is at hand as objects. */
export function digestOf(heartbeat: Heartbeat): StatusDigest {
  const digests = { listeners: new StatusDigest(), pools: new StatusDigest() };
  for (const [id, listener] of heartbeat.listeners) {
    digests.listeners.mix(Mark.Listener);
    mixIdText(digests.listeners, id);
    digests.listeners.mixText(listener.status);
  }
  for (const pool of heartbeat.pools) {
    digests.pools.mix(Mark.Pool);
    mixIdText(digests.pools, pool.poolId);
    if (pool.listenerId === null) digests.pools.mix(Mark.NoListener);
    else mixIdText(digests.pools, pool.listenerId);
    digests.pools.mixText(pool.status);
    for (const [id, status] of pool.members) {
      digests.pools.mix(Mark.Member);
      mixIdText(digests.pools, id);
      digests.pools.mixText(status);
    }
  }
  const whole = new StatusDigest();
  closeDigest(digests, heartbeat.version, whole);
  return whole;
}

function mixIdText(digest: StatusDigest, id: string): void {
  const words = new Uint32Array(ID_WORDS);
  if (wordsOf(id, words) && textOf(words) === id) return digest.mixId(words, 0);
  digest.mix(Mark.Text);
  digest.mixText(id);
}

/** Spreads what the last words changed over all bits. */
function avalanche(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
