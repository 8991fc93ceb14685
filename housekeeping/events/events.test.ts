import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadBalancers } from '#core/db/repositories/load-balancer.ts';
import { members } from '#core/db/repositories/member.ts';
import { transaction } from '#core/db/transaction.ts';
import { enqueue } from '#core/queue/enqueue.ts';
import { systemClock } from '#core/service/system-clock.ts';
import { PrivateRedis } from '../../deploy/one-box/private-redis.ts';
import { freePort } from '../../health-ingest/testing/health-manager.ts';
import { createTestDatabase, type TestDatabase } from '../../tests/testing/servers.ts';
import { silentLogger } from '../../worker/testing/noop-world.ts';
import { type Family, insertFamily, newFamily } from '../../worker/testing/rows.ts';
import type { Event } from './event.ts';
import { switchEvents } from './parts.ts';
import { redisSink } from './redis-sink.ts';
import { EventRelay } from './relay.ts';
import { openRelayMetrics } from './relay-metrics.ts';
import { webhookSink } from './webhook-sink.ts';

const PATIENCE_MS = 60_000;
const STREAM = 'octavia:events-under-test';

let own: TestDatabase;
let redisServer: PrivateRedis;
let folder: string;
let redis: Redis;
let worker: ChildProcess;
let hook: Server;
/** What the webhook was sent, with what it refused. */
const posted: Event[][] = [];
let refusals = 0;

beforeAll(async () => {
  own = await createTestDatabase();
  folder = await mkdtemp(join(tmpdir(), 'octavia-events-'));
  redisServer = new PrivateRedis({ dataDir: folder, port: await freePort() });
  await redisServer.start();
  redis = new Redis(redisServer.url);
  hook = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      posted.push(JSON.parse(Buffer.concat(chunks).toString()) as Event[]);
      response.writeHead(refusals-- > 0 ? 503 : 204).end();
    });
  }).listen(0, '127.0.0.1');
  worker = fork(new URL('../../deploy/operations/testing/worker.ts', import.meta.url), {
    env: { ...process.env, DATABASE_URL: own.url },
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  await once(worker, 'message', { signal: AbortSignal.timeout(PATIENCE_MS) });
});
afterAll(async () => {
  worker.kill('SIGKILL');
  hook.close();
  redis.disconnect();
  await redisServer.stop();
  await own.close();
  await rm(folder, { recursive: true, force: true });
});

function startRelay(): EventRelay {
  const address = hook.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const relay = new EventRelay({
    database: own.database,
    sinks: [
      redisSink({ url: redisServer.url, stream: STREAM, lengthMax: 10_000, onError: () => {} }),
      webhookSink({ url: `http://127.0.0.1:${port}/events`, timeoutMs: 5000 }),
    ],
    clock: systemClock,
    random: () => 0,
    logger: silentLogger,
    metrics: openRelayMetrics(new Registry()),
  });
  void relay.start();
  return relay;
}

async function eventually<Result>(look: () => Promise<Result | undefined>): Promise<Result> {
  const deadlineMs = performance.now() + PATIENCE_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > deadlineMs) throw new Error(`not so within ${PATIENCE_MS} ms`);
    await delay(50);
  }
}

async function created(): Promise<Family> {
  const family = newFamily();
  const { loadBalancerId } = family;
  await transaction(own.database, async (tx) => {
    await insertFamily(tx, family, 'PENDING_CREATE');
    await enqueue(tx, 'load-balancer-create', { loadBalancerId }, { requestId: 'req-5' });
  });
  await eventually(async () => {
    const status = (await loadBalancers.find(own.database, loadBalancerId))?.provisioningStatus;
    return status === 'ACTIVE' ? status : undefined;
  });
  return family;
}

async function streamed(): Promise<readonly Event[]> {
  return (await redis.xrange(STREAM, '-', '+')).map(
    ([, fields]) => JSON.parse(fields[1] ?? '') as Event,
  );
}

/** Its operation is noted as ended some milliseconds after it shows ACTIVE. */
async function createdAndEnded(): Promise<Family> {
  const family = await created();
  await eventually(async () => {
    const ends = await own.database.query(
      `select from event where load_balancer_id = $1 and type = 'octavia.loadbalancer.create.end'`,
      [family.loadBalancerId],
    );
    return ends.rowCount === 1 ? true : undefined;
  });
  return family;
}

async function countEvents(): Promise<number> {
  const found = await own.database.query<{ count: number }>(
    'select count(*)::int as count from event',
  );
  return found.rows[0]?.count ?? 0;
}

const isEnd = (event: Event): boolean => event.type === 'octavia.loadbalancer.create.end';

test('nobody who wants events means no events', async () => {
  await switchEvents(own.database, false);
  await created();
  expect(await countEvents()).toBe(0);
});

test('an operation and all it changes are told of in order, to a stream and to a webhook that was away', async () => {
  await switchEvents(own.database, true);
  refusals = 2;
  const relay = startRelay();
  const family = await created();
  const { loadBalancerId, projectId, memberId } = family;
  const events = await eventually(async () => {
    const all = await streamed();
    return all.some(isEnd) ? all : undefined;
  });

  expect(events.map((event) => event.sequence)).toEqual(events.map((_, index) => index + 1));
  const ofLoadBalancer = events.filter((event) => event.object_type === 'load_balancer');
  expect(ofLoadBalancer.map((event) => [event.field, event.old_status, event.new_status])).toEqual([
    ['provisioning_status', null, 'PENDING_CREATE'],
    ['provisioning_status', 'PENDING_CREATE', 'ACTIVE'],
  ]);
  for (const event of ofLoadBalancer)
    expect(event).toMatchObject({
      type: 'octavia.loadbalancer.status',
      load_balancer_id: loadBalancerId,
      project_id: projectId,
      request_id: 'req-5',
      flow: 'load-balancer-create',
    });
  const ofMember = events.filter((event) => event.object_id === memberId);
  expect(ofMember.at(-1)).toMatchObject({ load_balancer_id: loadBalancerId, new_status: 'ACTIVE' });
  const operation = events.filter((event) => event.object_type === 'operation');
  expect(operation.map((event) => event.type)).toEqual([
    'octavia.loadbalancer.create.start',
    'octavia.loadbalancer.create.end',
  ]);

  const told = await eventually(async () => {
    const taken = posted.slice(2).flat();
    return taken.some(isEnd) ? taken : undefined;
  });
  expect(told).toEqual(events);
  await relay.stop();
});

test('what goes with its parent in a cascade is told of with its load balancer', async () => {
  const { loadBalancerId, poolId, memberId, l7RuleId } = await created();
  await own.database.query('delete from listener where load_balancer_id = $1', [loadBalancerId]);
  await own.database.query('delete from pool where id = $1', [poolId]);
  expect(await members.find(own.database, memberId)).toBeNull();
  const found = await own.database.query(
    `select object_id, load_balancer_id, new_status from event
     where object_id = any($1) and new_status = 'DELETED' order by object_id = $2`,
    [[memberId, l7RuleId], l7RuleId],
  );
  expect(found.rows).toEqual(
    [memberId, l7RuleId].map((id) => ({
      object_id: id,
      load_balancer_id: loadBalancerId,
      new_status: 'DELETED',
    })),
  );
});

test('a transaction that is rolled back leaves no event', async () => {
  const { loadBalancerId } = await createdAndEnded();
  const before = await countEvents();
  const refused = transaction(own.database, async (tx) => {
    await loadBalancers.update(tx, loadBalancerId, { provisioningStatus: 'PENDING_UPDATE' });
    throw new Error('refused');
  });
  await expect(refused).rejects.toThrow('refused');
  expect(await countEvents()).toBe(before);
});

test('two relays at once lose nothing, and tell nothing twice under another number', async () => {
  const relays = [startRelay(), startRelay()];
  await Promise.all([createdAndEnded(), createdAndEnded(), createdAndEnded()]);
  const total = await eventually(async () => {
    const count = await countEvents();
    return (await streamed()).length === count ? count : undefined;
  });
  expect((await streamed()).map((event) => event.sequence)).toEqual(
    Array.from({ length: total }, (_, index) => index + 1),
  );
  await Promise.all(relays.map((relay) => relay.stop()));
});
