import type { HeartbeatView } from '#core/heartbeat/view.ts';
import type { Random } from './random.ts';
import type { SimulatedManager } from './simulated-manager.ts';
import { type Row, wordsOfAmphora } from './simulated-rows.ts';
import type { Timeline } from './timeline.ts';

/** The way of a datagram: it may be lost, come twice, come late, or find no way at all. */
export interface Network {
  readonly lossRate: number;
  readonly twinRate: number;
  readonly delayMsMax: number;
  /** Who listens at an address now. */
  managerAt(address: number): SimulatedManager | null;
  readonly addresses: number;
  /** A manager has taken a datagram from its socket; a doubled one twice. */
  taken(manager: SimulatedManager, view: HeartbeatView): void;
}

const TRANSIT_MS = 1;
const LATE_RATE = 0.02;
/** Somebody on the way gives its datagrams another port, or it has started again. */
const PORT_CHANGE_RATE = 0.02;

/** A machine that reports to one manager after the other, until it dies. */
export class SimulatedAmphora {
  readonly words: Uint32Array;
  readonly row: Row;
  isAlive = true;
  /** A network split keeps its datagrams from everybody until then. */
  cutOffUntilMs = Number.NEGATIVE_INFINITY;
  /** When a receiver took a heartbeat of it from its socket last. */
  receivedAtMs = Number.NEGATIVE_INFINITY;
  /** Of its heartbeats those that Redis has, or once had: when received, when appended. */
  readonly sightings: { readonly receivedAtMs: number; readonly appendedAtMs: number }[] = [];
  readonly #timeline: Timeline;
  readonly #random: Random;
  readonly #network: Network;
  #address = 0;
  #port: number;
  #sequence = 0;

  constructor(timeline: Timeline, random: Random, network: Network, row: Row) {
    this.words = wordsOfAmphora(row.amphora);
    this.row = row;
    this.#timeline = timeline;
    this.#random = random;
    this.#network = network;
    this.#address = random.whole(0, network.addresses - 1);
    this.#port = row.amphora;
  }

  /** What it says next; its listener has received some bytes more. */
  #says(): HeartbeatView {
    const rxBytes = this.#random.whole(0, 1000);
    return {
      id: this.words,
      sequence: this.#sequence++,
      epoch: 1,
      version: 3,
      hasDeltas: true,
      digestHigh: 1,
      digestLow: 1,
      listenerCount: 1,
      listenerIds: this.words,
      counters: Float64Array.of(rxBytes, 0, 0, 0, 0),
      isPlain: true,
      heartbeat: () => ({
        amphoraId: this.row.id,
        sequence: null,
        version: 3,
        hasDeltas: true,
        listeners: new Map(),
        pools: [],
      }),
    };
  }

  start(intervalMs: number): void {
    this.#timeline.after(this.#random.between(0, intervalMs), () => this.#beat(intervalMs));
  }

  #beat(intervalMs: number): void {
    if (!this.isAlive) return;
    this.#address = (this.#address + 1) % this.#network.addresses;
    const view = this.#says();
    this.#send(this.#address, view);
    if (this.#random.chance(this.#network.twinRate)) this.#send(this.#address, view);
    this.#timeline.after(intervalMs * this.#random.between(0.98, 1.02), () =>
      this.#beat(intervalMs),
    );
  }

  #send(address: number, view: HeartbeatView): void {
    const { lossRate, delayMsMax } = this.#network;
    if (this.#timeline.nowMs < this.cutOffUntilMs || this.#random.chance(lossRate)) return;
    if (this.#random.chance(PORT_CHANGE_RATE)) this.#port++;
    const port = this.#port;
    const isLate = this.#random.chance(LATE_RATE);
    const transitMs = this.#random.between(0.1, isLate ? delayMsMax : TRANSIT_MS);
    this.#timeline.after(transitMs, () =>
      this.#network.managerAt(address)?.receive(port, view, (manager) => {
        this.receivedAtMs = this.#timeline.nowMs;
        this.#network.taken(manager, view);
      }),
    );
  }
}
