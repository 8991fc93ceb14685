import type { RejectReason } from './envelope.ts';
import type { HeartbeatKey } from './key.ts';
import type { Heartbeat, MalformedReason } from './message.ts';
import { NATIVE_MAGIC } from './msgpack-layout.ts';
import { MsgpackReader } from './msgpack-reader.ts';
import { OctaviaReader } from './octavia-reader.ts';
import type { HeartbeatView } from './view.ts';
import { ViewBuffer } from './view-buffer.ts';

/** Why a datagram is not a heartbeat: not signed by one of us, of a layout that we do not know, or signed rubbish. */
export type UnreadReason = RejectReason | MalformedReason | 'unknown-layout';

/** Verifies and reads datagrams of both wires, one at a time, into one view. */
export class HeartbeatReader {
  readonly view: HeartbeatView;
  readonly #octavia: OctaviaReader;
  readonly #native: MsgpackReader;
  #isNative = false;

  /** @param keys those in force, the most likely first: the current one, and during a rotation the others */
  constructor(keys: readonly HeartbeatKey[]) {
    const view = new ViewBuffer(() => this.#decode());
    this.view = view;
    this.#octavia = new OctaviaReader(keys, view);
    this.#native = new MsgpackReader(keys, view);
  }

  /**
   * @param datagram at most 65,536 bytes, from anyone; must stay as it is until the next one is read
   * @returns never throws. What the view holds counts only after `heartbeat`
   */
  read(datagram: Buffer): 'heartbeat' | UnreadReason {
    this.#isNative = datagram[0] === NATIVE_MAGIC;
    return this.#isNative ? this.#native.read(datagram) : this.#octavia.read(datagram);
  }

  /** Which of the keys signed what was read last; 0: the one in force. */
  get keyPlace(): number {
    return this.#isNative ? this.#native.keyPlace : this.#octavia.keyPlace;
  }

  #decode(): Heartbeat {
    return this.#isNative ? this.#native.decode() : this.#octavia.decode();
  }
}
