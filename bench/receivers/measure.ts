import type { Wire } from '#core/heartbeat/datagram.ts';
import { SenderProcess } from '../sender/sender-process.ts';
import { HEARTBEAT_KEY } from '../testbed/daemon.ts';
import { cpuMicros, type ThreadTimes, threadTimes } from '../testbed/process-cost.ts';
import { Volleys } from '../testbed/volleys.ts';
import type { ReceiverKind } from './options.ts';
import { startReceivers } from './receiver-process.ts';

export interface ReceiverRunOptions {
  readonly kind: ReceiverKind;
  readonly wire: Wire;
  readonly threads: number;
  /** Datagrams a second at which the cost is measured. */
  readonly fixedRate: number;
  readonly searchGuess: number;
  readonly progress: (text: string) => void;
}

export interface ReceiverResult {
  readonly kind: ReceiverKind;
  readonly wire: Wire;
  readonly threads: number;
  /** Held without a loss; null: none was. */
  readonly ratePerSecond: number | null;
  readonly isSenderLimited: boolean;
  /** CPU of the receiving process at the fixed rate. */
  readonly microsPerDatagram: number;
  readonly fixedRatePerSecond: number;
}

const FLEET = 1000;
const COST_SECONDS = 3;
const CHANGED_PERCENT = 10;

/** Heartbeats as health-ingest gets them, at a receiver that does less: what ratios are to. */
export async function measureReceivers(options: ReceiverRunOptions): Promise<ReceiverResult> {
  const { kind, wire, threads, fixedRate, searchGuess, progress } = options;
  const receiver = await startReceivers(kind, threads);
  let sender: SenderProcess | undefined;
  try {
    const key = HEARTBEAT_KEY;
    sender = await SenderProcess.open({ port: receiver.port, wire, key, fleet: FLEET });
    const volleys = await Volleys.open(sender, receiver);
    const packets = fixedRate * COST_SECONDS;
    let before: ThreadTimes = new Map();
    const { accepted } = await volleys.fire({
      packets,
      rate: fixedRate,
      changedPercent: CHANGED_PERCENT,
      prepared: async () => {
        before = threadTimes([receiver.pid]);
      },
    });
    const microsPerDatagram = cpuMicros(before, threadTimes([receiver.pid])) / accepted;
    progress(`${microsPerDatagram.toFixed(2)} µs a datagram, lost ${packets - accepted}`);
    const found = await volleys.search(searchGuess, CHANGED_PERCENT, progress);
    return {
      kind,
      wire,
      threads,
      ratePerSecond: found.held?.rate ?? null,
      isSenderLimited: found.isSenderLimited,
      microsPerDatagram,
      fixedRatePerSecond: fixedRate,
    };
  } finally {
    await sender?.stop();
    await receiver.stop();
  }
}
