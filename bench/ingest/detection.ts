import { IdKind, idInSql } from '../testbed/fleet-ids.ts';
import type { FleetDatabase } from '../testbed/servers.ts';
import { type FleetRunOptions, USUAL_CHANGED_PERCENT, withFleet } from './fleet-run.ts';
import { type DetectionResult, percentiles } from './results.ts';

const TIMEOUT_SECONDS = 4;
const KILLED = 20;
/** Before anybody dies: the grace after a start, twice. */
const QUIET_SECONDS = 2 * TIMEOUT_SECONDS;
const DYING_SECONDS = 4;
const TAIL_SECONDS = TIMEOUT_SECONDS + 4;

/** Every amphora reports once a second; some cease to. How long after the timeout is a failover committed? */
export async function measureDetection(options: FleetRunOptions): Promise<DetectionResult> {
  const { fleet, database } = options;
  const settings = ['heartbeat_interval = 1', `heartbeat_timeout = ${TIMEOUT_SECONDS}`];
  return withFleet(options, settings, async ({ volleys }) => {
    const marks = Array.from({ length: KILLED }, (_, index) => ({
      amphora: Math.floor(((index + 0.5) * fleet) / KILLED),
      fromTurn: Math.floor((QUIET_SECONDS + (index * DYING_SECONDS) / KILLED) * fleet),
      becomes: 'silent' as const,
    }));
    const packets = (QUIET_SECONDS + DYING_SECONDS + TAIL_SECONDS) * fleet;
    const fired = await volleys.fire({
      packets,
      rate: fleet,
      changedPercent: USUAL_CHANGED_PERCENT,
      marks,
    });
    // Now all are silent, so look before anybody is failed over for that.
    const requested = await requestedAtMs(database, fleet);
    const delays = marks.flatMap(({ amphora }, index) => {
      const atMs = requested.get(amphora);
      const lastMs = fired.markedAtMs[index] ?? Number.NaN;
      return atMs === undefined ? [] : [atMs - lastMs - TIMEOUT_SECONDS * 1000];
    });
    return {
      fleet,
      timeoutMs: TIMEOUT_SECONDS * 1000,
      killed: KILLED,
      wrong: requested.size - delays.length,
      beyondTimeoutMs: percentiles(delays),
    };
  });
}

/** Amphora number → milliseconds since 1970 at which the transaction that asks for its failover was committed. */
async function requestedAtMs(
  { client }: FleetDatabase,
  fleet: number,
): Promise<ReadonlyMap<number, number>> {
  const found = await client.query<{ n: number; at: string }>(
    `select n, extract(epoch from pg_xact_commit_timestamp(lb.xmin)) * 1000 as at
     from generate_series(0, ${fleet - 1}) as s (n)
     join load_balancer lb on lb.id = ${idInSql(IdKind.LoadBalancer)}
     where lb.provisioning_status = 'PENDING_UPDATE'`,
  );
  return new Map(found.rows.map(({ n, at }) => [n, Number(at)]));
}
