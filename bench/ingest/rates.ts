import type { Wire } from '#core/heartbeat/datagram.ts';
import type { SenderOptions } from '../sender/messages.ts';
import { SenderProcess } from '../sender/sender-process.ts';
import { type Daemon, HEARTBEAT_KEY, startDaemon } from '../testbed/daemon.ts';
import type { Observed } from '../testbed/observe.ts';
import { memoryOf } from '../testbed/process-cost.ts';
import { quiet } from '../testbed/quiet.ts';
import type { FleetDatabase, Servers } from '../testbed/servers.ts';
import { Volleys } from '../testbed/volleys.ts';
import { costOf, idleOf, told } from './cost.ts';
import { NO_VERDICTS, USUAL_CHANGED_PERCENT } from './fleet-run.ts';
import type { Cost, FleetResult, WireResult } from './results.ts';

export interface RatesOptions {
  readonly servers: Servers;
  readonly database: FleetDatabase;
  readonly fleet: number;
  readonly wires: readonly Wire[];
  readonly threads: number;
  readonly progress: (text: string) => void;
}

/**
 * Heartbeats a second at which costs are compared: the same for every fleet, and far enough below the highest that
 * nothing waits.
 */
export const FIXED_RATE: Readonly<Record<Wire, number>> = { native: 40_000, octavia: 25_000 };
/** Where the search for the highest rate begins. */
const GUESS: Readonly<Record<Wire, number>> = { native: 100_000, octavia: 60_000 };
/** Where all counters change, each heartbeat is a row to write: PostgreSQL would be what is measured. */
const ALL_CHANGED_SHARE = 0.25;
/** Less than health-ingest lets through of amphorae that it has not seen before, 5,000 a second, also where one thread has more than its share. */
export const FIRST_RATE = 4400;
const SETTLE_MS_MAX = 30_000;
const COST_SECONDS = 4;

/** One fleet against one health-ingest: each amphora's first heartbeat, and then on each wire cost and highest rate. */
export async function measureRates(options: RatesOptions): Promise<FleetResult> {
  const { servers, database, fleet, wires, threads, progress } = options;
  const receiver = await startDaemon({ servers, database, threads, settings: NO_VERDICTS });
  try {
    const observed = { servers, client: database.client, receiver };
    const [firstWire = 'native', ...otherWires] = wires;
    const measured = (wire: Wire, volleys: Volleys): Promise<WireResult> =>
      measureWire(wire, volleys, observed, (text) => progress(`${wire}: ${text}`));
    const sending = { port: receiver.port, key: HEARTBEAT_KEY, fleet };
    // The sender that lets the fleet in goes on with it: a second one would be a fleet that was restarted.
    const first = await withSender(
      receiver,
      { ...sending, wire: firstWire },
      async (volleys, sender) => ({
        arrival: await measureArrival(volleys, observed, fleet, progress),
        result: await measured(firstWire, volleys),
        sourcePorts: sender.sourcePorts,
      }),
    );
    const { arrival, sourcePorts } = first;
    const results = [first.result];
    for (const wire of otherWires)
      results.push(
        await withSender(receiver, { ...sending, wire, sourcePorts }, (volleys) =>
          measured(wire, volleys),
        ),
      );
    return { fleet, ...arrival, wires: results };
  } finally {
    await receiver.stop();
  }
}

/** Each amphora's first heartbeat, until the database knows of them all; then what runs although nobody reports. */
async function measureArrival(
  volleys: Volleys,
  observed: Observed,
  fleet: number,
  progress: RatesOptions['progress'],
): Promise<Pick<FleetResult, 'first' | 'settledMs' | 'idle'>> {
  const volley = { packets: fleet, rate: FIRST_RATE, changedPercent: USUAL_CHANGED_PERCENT };
  const first = await costOf(volleys, observed, volley);
  const settledMs = await quiet(observed, SETTLE_MS_MAX);
  progress(`first heartbeats: ${told(first)}; in the database ${settledMs?.toFixed(0)} ms later`);
  return { first, settledMs, idle: await idleOf(observed) };
}

async function withSender<Result>(
  receiver: Daemon,
  options: SenderOptions,
  run: (volleys: Volleys, sender: SenderProcess) => Promise<Result>,
): Promise<Result> {
  const sender = await SenderProcess.open(options);
  try {
    return await run(await Volleys.open(sender, receiver), sender);
  } finally {
    await sender.stop();
  }
}

async function measureWire(
  wire: Wire,
  volleys: Volleys,
  observed: Observed,
  progress: (text: string) => void,
): Promise<WireResult> {
  const costs: Cost[] = [];
  const none = { rate: FIXED_RATE[wire], changedPercent: 0 };
  const usual = { ...none, changedPercent: USUAL_CHANGED_PERCENT };
  const all = { rate: FIXED_RATE[wire] * ALL_CHANGED_SHARE, changedPercent: 100 };
  for (const volley of [none, usual, all]) {
    const packets = volley.rate * COST_SECONDS;
    const cost = await costOf(volleys, observed, { ...volley, packets });
    progress(`${volley.changedPercent} % changed at ${volley.rate}/s: ${told(cost)}`);
    costs.push(cost);
    await quiet(observed, SETTLE_MS_MAX);
  }
  const { held, isSenderLimited } = await volleys.search(
    GUESS[wire],
    USUAL_CHANGED_PERCENT,
    progress,
  );
  const memory = memoryOf(observed.receiver.pid);
  return { wire, costs, ratePerSecond: held?.rate ?? null, isSenderLimited, ...memory };
}
