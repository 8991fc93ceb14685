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
/** How many batches it takes without a word. */
let lostAnswers = 0;

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
      if (request.headers.authorization !== `Basic ${btoa('events:pa/ss')}`)
        return void response.writeHead(401).end();
      posted.push(JSON.parse(Buffer.concat(chunks).toString()) as Event[]);
      if (lostAnswers-- > 0) response.destroy();
      else response.writeHead(refusals-- > 0 ? 503 : 204).end();
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

function hookUrl(): string {
  const address = hook.address();
  return `http://events:pa%2Fss@127.0.0.1:${typeof address === 'object' ? address?.port : 0}/events`;
}

async function startRelayProcess(): Promise<ChildProcess> {
  const relay = fork(new URL('./testing/relay-process.ts', import.meta.url), {
    env: {
      ...process.env,
      DATABASE_URL: own.url,
      REDIS_URL: redisServer.url,
      STREAM,
      WEBHOOK_URL: hookUrl(),
    },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  await once(relay, 'message', { signal: AbortSignal.timeout(PATIENCE_MS) });
  return relay;
}

function startRelay(): EventRelay {
  const relay = new EventRelay({
    database: own.database,
    locks: own.database,
    sinks: [
      redisSink({ url: redisServer.url, stream: STREAM, lengthMax: 10_000, onError: () => {} }),
      webhookSink({ url: hookUrl(), timeoutMs: 5000 }),
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
  const flowId = await transaction(own.database, async (tx) => {
    await insertFamily(tx, family, 'PENDING_CREATE');
    return enqueue(tx, 'load-balancer-create', { loadBalancerId }, { requestId: 'req-5' });
  });
  await eventually(async () => {
    const status = (await loadBalancers.find(own.database, loadBalancerId))?.provisioningStatus;
    return status === 'ACTIVE' ? status : undefined;
  });
  // Its end comes some milliseconds after it shows ACTIVE, and must not fall into the next test.
  await eventually(async () => {
    const ended = await own.database.query(
      `select from dbos.workflow_status where workflow_uuid = $1 and status = 'SUCCESS'`,
      [flowId],
    );
    return ended.rowCount === 1 ? true : undefined;
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

const upTo = (count: number): readonly number[] =>
  Array.from({ length: count }, (_, index) => index + 1);

test('relays that are killed on the way: the stream has each event once, and copies to the webhook say that they are', async () => {
  const before = posted.length;
  lostAnswers = 1;
  for (let kill = 0; kill < 3; kill++) {
    const doomed = await startRelayProcess();
    const told = posted.length;
    await createdAndEnded();
    await eventually(async () => (posted.length > told ? true : undefined));
    const ended = once(doomed, 'exit');
    doomed.kill('SIGKILL');
    await ended;
  }
  const relay = startRelay();
  const total = await countEvents();
  const isAll = (events: readonly Event[]): true | undefined =>
    events.at(-1)?.sequence === total ? true : undefined;
  await eventually(async () => isAll(await streamed()));
  await eventually(async () => isAll(posted.flat()));
  await relay.stop();

  const stream = await streamed();
  expect(stream.map(({ sequence }) => sequence)).toEqual(upTo(total));
  const copies = posted.slice(before).flat();
  const known = new Map<number, Event>(
    posted
      .slice(0, before)
      .flat()
      .map((event) => [event.sequence, event]),
  );
  for (const event of copies) {
    expect(known.get(event.sequence) ?? event).toEqual(event);
    known.set(event.sequence, event);
  }
  expect([...known.keys()]).toEqual(upTo(total));
  expect(copies.length).toBeGreaterThan(new Set(copies.map(({ sequence }) => sequence)).size);
});

test('two relays at once lose nothing, and tell nothing twice under another number', async () => {
  const relays = [startRelay(), startRelay()];
  await Promise.all([createdAndEnded(), createdAndEnded(), createdAndEnded()]);
  const total = await eventually(async () => {
    const count = await countEvents();
    return (await streamed()).length === count ? count : undefined;
  });
  expect((await streamed()).map((event) => event.sequence)).toEqual(upTo(total));
  await Promise.all(relays.map((relay) => relay.stop()));
});
