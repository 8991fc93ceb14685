import { Registry } from 'prom-client';
import { openDatabase } from '#core/db/pool.ts';
import { ENGINE_APPLICATION, FAILOVER_QUEUE, FLOW_QUEUE } from '#core/queue/enqueue.ts';
import { systemClock } from '#core/service/system-clock.ts';
import { openLogger } from '#core/telemetry/logger.ts';
import { type Fault, Faults } from '#drivers/noop/faults.ts';
import { flowEngine } from '../../../worker/flow-engine.ts';
import { memoryCloud, noopWorld } from '../../../worker/testing/noop-world.ts';

// A worker as a process of its own, whose drivers fail as `FAULTS` says: driver call, what befalls it, from which call on.
const { DATABASE_URL = '', FAULTS = '[]', DEADLINE_MS = '3600000', TOTAL_MAX = '' } = process.env;

const database = openDatabase(
  { connection: DATABASE_URL, poolSizeMax: 5, poolTimeoutMs: 5000, applicationName: 'worker' },
  () => {},
);
const faults = new Faults();
for (const plan of JSON.parse(FAULTS) as [string, Fault, number?][]) faults.plan(...plan);
const logger = openLogger({ service: 'worker', isDebug: false, format: 'json' });
const clock = systemClock;
const engine = flowEngine(noopWorld({ database, cloud: memoryCloud(), faults, clock, logger }), {
  databaseUrl: DATABASE_URL,
  application: ENGINE_APPLICATION,
  queues: [
    {
      name: FLOW_QUEUE,
      concurrency: 5,
      ...(TOTAL_MAX === '' ? {} : { totalMax: Number(TOTAL_MAX) }),
    },
    { name: FAILOVER_QUEUE, concurrency: 5 },
  ],
  drainMs: 5000,
  deadlineMs: Number(DEADLINE_MS),
  registry: new Registry(),
});
await engine.start();
process.send?.('ready');
