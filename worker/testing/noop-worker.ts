import { Registry } from 'prom-client';
import { openDatabase } from '#core/db/pool.ts';
import { ENGINE_APPLICATION, FAILOVER_QUEUE, FLOW_QUEUE } from '#core/queue/enqueue.ts';
import { systemClock } from '#core/service/system-clock.ts';
import { openLogger } from '#core/telemetry/logger.ts';
import { Faults } from '#drivers/noop/faults.ts';
import { flowEngine } from '../flow-engine.ts';
import { type Stops, stoppingFlows } from './kill-points.ts';
import { noopWorld } from './noop-world.ts';
import { asOf, type Release } from './releases.ts';
import { tableCloud } from './table-store.ts';

// A worker as a process of its own, for tests that kill it. It says "reached" when it stalls where it was told to, and
// the ids of load balancers whose flows have stopped where they should.
const { DATABASE_URL = '', STALL_AT = '', STOPS = '{}', RELEASE = 'this' } = process.env;
const STALL_MS = 1500;
/** More than flows that a test has stopped at once. */
const CONCURRENCY = 100;

const database = openDatabase(
  { connection: DATABASE_URL, poolSizeMax: 5, poolTimeoutMs: 5000, applicationName: 'noop-worker' },
  () => {},
);
const faults = new Faults();
if (STALL_AT) faults.plan(STALL_AT, { kind: 'stall', durationMs: STALL_MS });
const logger = openLogger({ service: 'worker', isDebug: false, format: 'json' });
const cloud = await tableCloud(database);
const stopping = stoppingFlows(JSON.parse(STOPS) as Stops, (id) => process.send?.(id));
const engine = flowEngine(noopWorld({ database, cloud, faults, clock: systemClock, logger }), {
  databaseUrl: DATABASE_URL,
  application: ENGINE_APPLICATION,
  queues: [
    { name: FLOW_QUEUE, concurrency: CONCURRENCY },
    { name: FAILOVER_QUEUE, concurrency: CONCURRENCY },
  ],
  flows: asOf(RELEASE as Release, stopping),
  drainMs: 5000,
  registry: new Registry(),
  frozenAfterMs: 2000,
});
await engine.start();
process.send?.('ready');
const watch = setInterval(() => {
  if (!STALL_AT || faults.callsOf(STALL_AT) === 0) return;
  process.send?.('reached');
  clearInterval(watch);
}, 5);
