import type { Wire } from '#core/heartbeat/datagram.ts';
import { startBare } from '../bare/bare-process.ts';
import { SenderProcess } from '../sender/sender-process.ts';
import { HEARTBEAT_KEY } from '../testbed/daemon.ts';
import { cpuMicros, type ThreadTimes, threadTimes } from '../testbed/process-cost.ts';
import { Volleys } from '../testbed/volleys.ts';
import type { BareResult } from './results.ts';

export interface BareRunOptions {
  readonly wire: Wire;
  readonly threads: number;
  readonly fixedRate: number;
  readonly searchGuess: number;
  readonly progress: (text: string) => void;
}

const FLEET = 1000;
const COST_SECONDS = 3;
const CHANGED_PERCENT = 10;

/** The same heartbeats at a receiver that only counts them, with as many threads and sockets: what ratios are to. */
export async function runBare(options: BareRunOptions): Promise<BareResult> {
  const { wire, threads, fixedRate, searchGuess, progress } = options;
  const receiver = await startBare(threads);
  let sender: SenderProcess | undefined;
  try {
    const key = HEARTBEAT_KEY;
    sender = await SenderProcess.open({ port: receiver.port, wire, key, fleet: FLEET });
    const volleys = await Volleys.open(sender, receiver);
    const packets = fixedRate * COST_SECONDS;
    let before: ThreadTimes = new Map();
    await volleys.fire({
      packets,
      rate: fixedRate,
      changedPercent: CHANGED_PERCENT,
      prepared: async () => {
        before = threadTimes([receiver.pid]);
      },
    });
    const microsPerDatagram = cpuMicros(before, threadTimes([receiver.pid])) / packets;
    const found = await volleys.search(searchGuess, CHANGED_PERCENT, progress);
    return {
      wire,
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
