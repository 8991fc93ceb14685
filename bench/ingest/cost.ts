import { setTimeout as delay } from 'node:timers/promises';
import { type Observed, type Snapshot, snapshot, spentBetween } from '../testbed/observe.ts';
import type { Volley, Volleys } from '../testbed/volleys.ts';
import type { Cost, Idle } from './results.ts';

const IDLE_MS = 3000;

/** What a volley costs, a heartbeat, from the first one sent to the last one accepted. */
export async function costOf(volleys: Volleys, observed: Observed, volley: Volley): Promise<Cost> {
  let before: Snapshot | undefined;
  const fired = await volleys.fire({
    ...volley,
    prepared: async () => {
      before = await snapshot(observed);
    },
  });
  const after = await snapshot(observed);
  const spent = spentBetween(before ?? after, after, observed.receiver);
  // What the kernel had to drop has cost the daemon nothing.
  const { sent, accepted } = fired;
  return {
    changedPercent: volley.changedPercent,
    tookMs: spent.tookMs,
    ratePerSecond: fired.rate,
    lost: sent - accepted,
    daemonMicros: spent.daemonMicros / accepted,
    threadMicros: spent.daemonThreads.receiving / accepted,
    mainMicros: spent.daemonThreads.main / accepted,
    redisMicros: spent.redisMicros / accepted,
    postgresMicros: spent.postgresMicros / accepted,
    senderMicros: fired.senderMicros / sent,
    sqlPerHeartbeat: spent.sqlStatements / accepted,
    redisPerHeartbeat: spent.redisCommands / accepted,
  };
}

/** What runs although nobody reports: it is no cost of a heartbeat, and at low rates it is most of what runs. */
export async function idleOf(observed: Observed): Promise<Idle> {
  const before = await snapshot(observed);
  await delay(IDLE_MS);
  const spent = spentBetween(before, await snapshot(observed), observed.receiver);
  const seconds = spent.tookMs / 1000;
  return {
    sqlPerSecond: spent.sqlStatements / seconds,
    redisPerSecond: spent.redisCommands / seconds,
  };
}

export function told({ daemonMicros, redisMicros, postgresMicros, lost }: Cost): string {
  const parts = [daemonMicros, redisMicros, postgresMicros].map((micros) => micros.toFixed(1));
  return `${parts.join(' + ')} µs (health-ingest + Redis + PostgreSQL), lost ${lost}`;
}
