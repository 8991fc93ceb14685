import { setTimeout as delay } from 'node:timers/promises';
import { idsOf } from '../testbed/fleet-ids.ts';
import { quiet } from '../testbed/quiet.ts';
import type { FleetDatabase } from '../testbed/servers.ts';
import {
  type FleetRunOptions,
  NO_VERDICTS,
  USUAL_CHANGED_PERCENT,
  withFleet,
} from './fleet-run.ts';
import { FIRST_RATE } from './rates.ts';
import { type LagResult, percentiles } from './results.ts';

const FLIPS = 200;
const ROUNDS = 5;
const WAIT_MS = 5000;

/**
 * From the heartbeat that says that a member is down to the commit that says so: each amphora once a second, some of
 * them with such news. PostgreSQL itself remembers when it committed a row.
 */
export async function measureLag(options: FleetRunOptions): Promise<LagResult> {
  const { fleet, wire, database } = options;
  return withFleet(options, NO_VERDICTS, async ({ volleys, observed }) => {
    const rate = fleet;
    const fire = { rate, changedPercent: USUAL_CHANGED_PERCENT };
    await volleys.fire({ ...fire, rate: FIRST_RATE, packets: fleet });
    await quiet(observed, WAIT_MS);
    const marks = Array.from({ length: FLIPS }, (_, index) => ({
      amphora: Math.floor((index * fleet) / FLIPS),
      fromTurn: Math.floor((index * fleet * (ROUNDS - 1)) / FLIPS),
      becomes: 'down' as const,
    }));
    const fired = await volleys.fire({ ...fire, packets: ROUNDS * fleet, marks });
    await delay(WAIT_MS);
    const members = marks.map(({ amphora }) => idsOf(amphora).memberIds[0] ?? '');
    const committed = await committedAtMs(database, members);
    const lags = members.flatMap((id, index) => {
      const atMs = committed.get(id);
      return atMs === undefined ? [] : [atMs - (fired.markedAtMs[index] ?? Number.NaN)];
    });
    return { wire, fleet, ratePerSecond: rate, asked: FLIPS, lagMs: percentiles(lags) };
  });
}

/** Milliseconds since 1970 of the commit that last changed each of those members that are in ERROR. */
async function committedAtMs(
  { client }: FleetDatabase,
  members: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const found = await client.query<{ id: string; at: string }>(
    `select id, extract(epoch from pg_xact_commit_timestamp(xmin)) * 1000 as at
     from member where id = any($1::uuid[]) and operating_status = 'ERROR'`,
    [members],
  );
  return new Map(found.rows.map(({ id, at }) => [id, Number(at)]));
}
