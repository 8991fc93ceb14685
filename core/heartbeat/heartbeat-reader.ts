import assert from 'node:assert';
import { decodeDatagram } from './datagram.ts';
import type { RejectReason } from './envelope.ts';
import type { HeartbeatKey } from './key.ts';
import type { Heartbeat, MalformedReason } from './message.ts';
import { digestOf } from './status-digest.ts';
import type { HeartbeatView } from './view.ts';
import { ViewBuffer } from './view-buffer.ts';

/** Why a datagram is not a heartbeat: not signed by one of us, of a layout that we do not know, or signed rubbish. */
export type UnreadReason = RejectReason | MalformedReason | 'unknown-layout';

/** Verifies and reads datagrams of both wires, one at a time, into one view. */
export class HeartbeatReader {
  readonly view: HeartbeatView;
  readonly #view: ViewBuffer;
  readonly #keys: readonly HeartbeatKey[];
  #last: Heartbeat | null = null;

  /** @param keys those in force, the most likely first: the current one, and during a rotation the others */
  constructor(keys: readonly HeartbeatKey[]) {
    this.#keys = keys;
    this.#view = new ViewBuffer(() => {
      assert(this.#last !== null, 'a view is looked at after a heartbeat was read');
      return this.#last;
    });
    this.view = this.#view;
  }

  /**
   * @param datagram from anyone; not kept
   * @returns never throws. What the view holds counts only after `heartbeat`
   */
  read(datagram: Buffer): 'heartbeat' | UnreadReason {
    const decoded = decodeDatagram(datagram, this.#keys);
    if (decoded.kind !== 'heartbeat') return decoded.reason;
    this.#last = decoded.heartbeat;
    this.#view.fill(decoded.heartbeat, 0, digestOf(decoded.heartbeat));
    return 'heartbeat';
  }
}
