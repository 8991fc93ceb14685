import assert from 'node:assert';
import { EnvelopeOpener, type RejectReason } from './envelope.ts';
import type { HeartbeatKey } from './key.ts';
import type { Heartbeat, MalformedReason } from './message.ts';
import { OctaviaScanner } from './octavia-scanner.ts';
import { decodeOctaviaHeartbeat } from './octavia-wire.ts';
import { digestOf } from './status-digest.ts';
import type { ViewBuffer } from './view-buffer.ts';

/** Octavia's wire: the scanner reads what it can, and the decoder the rest. */
export class OctaviaReader {
  readonly #view: ViewBuffer;
  readonly #opener: EnvelopeOpener;
  readonly #scanner: OctaviaScanner;

  constructor(keys: readonly HeartbeatKey[], view: ViewBuffer) {
    this.#view = view;
    this.#opener = new EnvelopeOpener(keys);
    this.#scanner = new OctaviaScanner(view);
  }

  get keyPlace(): number {
    return this.#opener.keyPlace;
  }

  read(datagram: Buffer): 'heartbeat' | RejectReason | MalformedReason {
    const outcome = this.#opener.open(datagram);
    if (outcome !== 'opened') return outcome;
    if (this.#scanner.scan(this.#opener.payload, this.#opener.payloadLength)) return 'heartbeat';
    const decoded = decodeOctaviaHeartbeat(this.#payload());
    if (decoded.kind === 'malformed') return decoded.reason;
    this.#view.fill(decoded.heartbeat, 0, digestOf(decoded.heartbeat));
    return 'heartbeat';
  }

  /** What was read last. */
  decode(): Heartbeat {
    const decoded = decodeOctaviaHeartbeat(this.#payload());
    assert(decoded.kind === 'heartbeat', 'what the scanner takes the decoder takes too');
    return decoded.heartbeat;
  }

  #payload(): Buffer {
    return this.#opener.payload.subarray(0, this.#opener.payloadLength);
  }
}
