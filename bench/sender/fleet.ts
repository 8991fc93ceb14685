import { encodeDatagram } from '#core/heartbeat/datagram.ts';
import { type HeartbeatKey, heartbeatKey } from '#core/heartbeat/key.ts';
import { heartbeatOf, type Said } from './heartbeat.ts';
import type { SenderOptions, Step } from './messages.ts';
import { NativeTemplates } from './native-templates.ts';
import type { PacketStore } from './packet-store.ts';

/**
 * Rounds after which an amphora of Octavia's wire starts again from 0 as if it had been restarted: more than the window
 * of sequence numbers that a receiver remembers, so that none is taken for a duplicate.
 */
const OCTAVIA_ROUNDS = 40;
/** Signed datagrams of Octavia's wire that are kept to be sent again after such a restart. */
const KEPT_DATAGRAMS_MAX = 500_000;

/** The amphorae that the sender stands for: of each how far it has counted and what it says. */
export class Fleet {
  readonly #options: SenderOptions;
  readonly #key: HeartbeatKey;
  readonly #native: NativeTemplates;
  readonly #kept = new Map<number, Buffer>();
  readonly #sequences: Uint32Array;
  readonly #isDown: Uint8Array;
  readonly #isSilent: Uint8Array;
  #next = 0;

  /** @param epoch when the agents of this fleet started, seconds since 1970 */
  constructor(options: SenderOptions, epoch: number) {
    this.#options = options;
    this.#key = heartbeatKey(options.key);
    this.#native = new NativeTemplates(this.#key, epoch);
    this.#sequences = new Uint32Array(options.fleet);
    this.#isDown = new Uint8Array(options.fleet);
    this.#isSilent = new Uint8Array(options.fleet);
  }

  /**
   * Signs the next heartbeats, as many as the step has; `amphorae` tells whose each is.
   * @param marked called with the number of each packet that may settle a mark's time; the last one does
   */
  prepare(
    step: Step,
    packets: PacketStore,
    amphorae: Uint32Array,
    marked: (mark: number, packet: number) => void,
  ): void {
    const marks = new Map(step.marks.map((mark, index) => [mark.amphora, { ...mark, index }]));
    for (let turn = 0; packets.count < step.packets; turn++) {
      const amphora = this.#next;
      this.#next = (amphora + 1) % this.#options.fleet;
      const mark = marks.get(amphora);
      const isReached = mark !== undefined && turn >= mark.fromTurn;
      if (mark?.becomes === 'down' && isReached && this.#isDown[amphora] === 0) {
        this.#isDown[amphora] = 1;
        marked(mark.index, packets.count);
      }
      if (mark?.becomes === 'silent' && isReached) this.#isSilent[amphora] = 1;
      // A silent one leaves its turn unused, so the others keep their interval.
      if (this.#isSilent[amphora] === 1) continue;
      if (mark?.becomes === 'silent') marked(mark.index, packets.count);
      amphorae[packets.count] = amphora;
      packets.push(this.#datagram(amphora, step.changedPercent));
    }
  }

  #datagram(amphora: number, changedPercent: number): Buffer {
    const sequence = (this.#sequences[amphora] as number) + 1;
    this.#sequences[amphora] = sequence;
    const hasChanged = (amphora + sequence * 37) % 100 < changedPercent;
    const said = { sequence, hasChanged, isDown: this.#isDown[amphora] === 1 };
    return this.#options.wire === 'native'
      ? this.#native.datagram(amphora, said)
      : this.#octaviaDatagram(amphora, { ...said, sequence: sequence % OCTAVIA_ROUNDS });
  }

  /** Deflating cannot be patched, so what was signed is sent again a few rounds later. */
  #octaviaDatagram(amphora: number, said: Said): Buffer {
    const { sequence, hasChanged, isDown } = said;
    const kind =
      ((amphora * OCTAVIA_ROUNDS + sequence) * 2 + Number(hasChanged)) * 2 + Number(isDown);
    const known = this.#kept.get(kind);
    if (known) return known;
    const datagram = encodeDatagram(heartbeatOf(amphora, said), {
      wire: 'octavia',
      key: this.#key,
    });
    if (this.#kept.size < KEPT_DATAGRAMS_MAX) this.#kept.set(kind, datagram);
    return datagram;
  }
}
