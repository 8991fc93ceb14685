import { Registry } from 'prom-client';
import { openDatabase } from '#core/db/pool.ts';
import { systemClock } from '#core/service/system-clock.ts';
import { silentLogger } from '../../../worker/testing/noop-world.ts';
import { redisSink } from '../redis-sink.ts';
import { EventRelay } from '../relay.ts';
import { openRelayMetrics } from '../relay-metrics.ts';
import { webhookSink } from '../webhook-sink.ts';

// A relay as a process of its own, for tests that kill it.
const { DATABASE_URL = '', REDIS_URL = '', STREAM = '', WEBHOOK_URL = '' } = process.env;

const database = openDatabase(
  { connection: DATABASE_URL, poolSizeMax: 5, poolTimeoutMs: 5000, applicationName: 'relay' },
  () => {},
);
const relay = new EventRelay({
  database,
  locks: database,
  sinks: [
    redisSink({ url: REDIS_URL, stream: STREAM, lengthMax: 10_000, onError: () => {} }),
    webhookSink({ url: WEBHOOK_URL, timeoutMs: 5000 }),
  ],
  clock: systemClock,
  random: () => 0,
  logger: silentLogger,
  metrics: openRelayMetrics(new Registry()),
});
await relay.start();
process.send?.('ready');
