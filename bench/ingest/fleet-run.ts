import type { Wire } from '#core/heartbeat/datagram.ts';
import { SenderProcess } from '../sender/sender-process.ts';
import { type Daemon, HEARTBEAT_KEY, startDaemon } from '../testbed/daemon.ts';
import type { Observed } from '../testbed/observe.ts';
import type { FleetDatabase, Servers } from '../testbed/servers.ts';
import { Volleys } from '../testbed/volleys.ts';

export interface FleetRunOptions {
  readonly servers: Servers;
  readonly database: FleetDatabase;
  readonly fleet: number;
  readonly wire: Wire;
  readonly threads: number;
  /** Where the daemon leaves a profile of each of its threads; none: it is not profiled. */
  readonly profileFolder?: string;
  readonly progress: (text: string) => void;
}

export interface FleetRun {
  readonly observed: Observed;
  readonly daemon: Daemon;
  readonly volleys: Volleys;
}

/** The fleet reports far more often than in life and stops between steps: nobody is to be failed over for that. */
export const NO_VERDICTS = ['heartbeat_timeout = 3600', 'expect_heartbeats = false'];
export const USUAL_CHANGED_PERCENT = 10;

/** Runs something against a health-ingest and a sender of its own; both are gone afterwards. */
export async function withFleet<Result>(
  options: FleetRunOptions,
  settings: readonly string[],
  run: (run: FleetRun) => Promise<Result>,
): Promise<Result> {
  const { servers, database, fleet, wire } = options;
  const daemon = await startDaemon({ ...options, settings });
  let sender: SenderProcess | undefined;
  try {
    sender = await SenderProcess.open({ port: daemon.port, wire, key: HEARTBEAT_KEY, fleet });
    const observed = { servers, client: database.client, receiver: daemon };
    return await run({ observed, daemon, volleys: await Volleys.open(sender, daemon) });
  } finally {
    await sender?.stop();
    await daemon.stop();
  }
}
