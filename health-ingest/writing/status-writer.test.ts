import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { migrate } from '#core/db/migrate.ts';
import { amphorae } from '#core/db/repositories/amphora.ts';
import { anAmphora } from '#core/db/testing/nouns.ts';
import { transaction } from '#core/db/transaction.ts';
import { createTestDatabase, type TestDatabase } from '../../tests/testing/servers.ts';
import { heartbeatKeys } from '../exchange/heartbeat-keys.ts';
import { packStatuses } from '../exchange/report-codec.ts';
import { statusReportOf } from '../exchange/status-report.ts';
import { type Carried, carry, heartbeatOf, type Said } from '../testing/carried.ts';
import { ownRedis } from '../testing/own-redis.ts';
import { silentLogger } from '../testing/silent-logger.ts';
import { writeStatuses } from './status-writer.ts';

const AGE_MS_MAX = 60_000;
const NOW_MS = 1_000_000;
const keys = heartbeatKeys('test');

let own: TestDatabase;
let server: Awaited<ReturnType<typeof ownRedis>>;
let redis: Redis;
const asked: string[] = [];
const outcomes: string[] = [];
const intruders: string[] = [];

beforeAll(async () => {
  own = await createTestDatabase();
  await migrate(own.database, new URL('../migrations/', import.meta.url), 'health-ingest');
  server = await ownRedis();
  redis = new Redis(server.url);
});
beforeEach(() => {
  for (const told of [asked, outcomes, intruders]) told.length = 0;
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
  await own.close();
});

interface Sent extends Said {
  readonly from: Carried;
  readonly atMs?: number;
}

/** Each report comes in a batch of its own; all are in one look of the writer. */
function write(...sent: readonly Sent[]): Promise<void> {
  const entries = sent.map(({ from, atMs, ...said }) => ({
    entryId: '1-0',
    batchId: 'any',
    body: packStatuses([statusReportOf(heartbeatOf(from, said), atMs ?? NOW_MS)]),
  }));
  return writeStatuses(entries, {
    database: own.database,
    redis,
    keys,
    logger: silentLogger,
    ageMsMax: AGE_MS_MAX,
    nowMs: () => NOW_MS,
    outcome: (outcome) => outcomes.push(outcome),
    written: () => undefined,
    lag: () => undefined,
    intruder: (amphoraId) => intruders.push(amphoraId),
    ask: (ids) => asked.push(...ids),
  });
}

/** Load balancer, listener, pool and both members. */
async function statusesOf(carried: Carried): Promise<readonly string[]> {
  const found = await own.database.query<{ status: string }>(
    `select operating_status as status from load_balancer where id = $1
     union all select operating_status from listener where id = $2
     union all select operating_status from pool where id = $3
     union all (select operating_status from member where pool_id = $3 order by address)`,
    [carried.loadBalancerId, carried.listenerId, carried.poolId],
  );
  return found.rows.map(({ status }) => status);
}

/** A second amphora beside the first, as in ACTIVE_STANDBY. */
async function pairUp(first: Carried): Promise<Carried> {
  const second = anAmphora({ loadBalancerId: first.loadBalancerId, status: 'ALLOCATED' });
  await transaction(own.database, (tx) => amphorae.insert(tx, second));
  return { ...first, amphoraId: second.id };
}

async function beBusy(carried: Carried, status: string): Promise<void> {
  await own.database.query('update load_balancer set provisioning_status = $2 where id = $1', [
    carried.loadBalancerId,
    status,
  ]);
}

const ALL_WELL = ['ONLINE', 'ONLINE', 'ONLINE', 'ONLINE', 'ONLINE'];

test('a report that another health manager wrote late does not undo a newer one', async () => {
  const carried = await carry(own.database);
  await write({ from: carried, atMs: NOW_MS - 1 });
  await write({ from: carried, atMs: NOW_MS - 2, members: ['DOWN', 'DOWN'], pool: 'DOWN' });
  expect(await statusesOf(carried)).toEqual(ALL_WELL);
  expect(outcomes).toEqual(['applied', 'superseded']);
});

test('once the clock of Redis is set back, what comes then counts all the same', async () => {
  const carried = await carry(own.database);
  await write({ from: carried, atMs: NOW_MS + 3_600_000, members: ['DOWN', 'UP'] });
  await write({ from: carried });
  expect(await statusesOf(carried)).toEqual(ALL_WELL);
});

test('the amphora of a report that comes too late is asked for another', async () => {
  const carried = await carry(own.database);
  await write({ from: carried, atMs: NOW_MS - AGE_MS_MAX });
  expect([outcomes, asked]).toEqual([['late'], [carried.amphoraId]]);
  expect((await statusesOf(carried))[0]).toBe('OFFLINE');
});

test('a row that somebody holds for long delays only its own load balancer, whose amphora is asked again', async () => {
  const [held, free] = [await carry(own.database), await carry(own.database)];
  await transaction(own.database, async (tx) => {
    await tx.query('select from member where id = $1 for update', [held.memberIds[0]]);
    await write({ from: held }, { from: free });
  });
  expect(await statusesOf(free)).toEqual(ALL_WELL);
  expect([outcomes.toSorted(), asked]).toEqual([['applied', 'busy'], [held.amphoraId]]);
  await write({ from: held });
  expect(await statusesOf(held)).toEqual(ALL_WELL);
});

test('two amphorae that see a member differently do not make its status flap: it is in ERROR until both reach it', async () => {
  const first = await carry(own.database);
  const second = await pairUp(first);
  const degraded = ['DEGRADED', 'ONLINE', 'DEGRADED', 'ERROR', 'ONLINE'];
  await write({ from: first, members: ['DOWN', 'UP'] });
  for (let atMs = NOW_MS; atMs < NOW_MS + 3; atMs++) {
    await write({ from: second, atMs });
    expect(await statusesOf(first)).toEqual(degraded);
    await write({ from: first, atMs, members: ['DOWN', 'UP'] });
    expect(await statusesOf(first)).toEqual(degraded);
  }
  await write({ from: first, atMs: NOW_MS + 3 });
  expect(await statusesOf(first)).toEqual(ALL_WELL);
});

test('a pool that works on one of two amphorae is DEGRADED, not broken, in one look as in two', async () => {
  const first = await carry(own.database);
  const second = await pairUp(first);
  const partly = ['DEGRADED', 'ONLINE', 'DEGRADED', 'ERROR', 'ERROR'];
  await write({ from: first }, { from: second, pool: 'DOWN', members: ['DOWN', 'DOWN'] });
  expect(await statusesOf(first)).toEqual(partly);
  await write({ from: first });
  expect(await statusesOf(first)).toEqual(partly);
});

test('while a load balancer is being changed, what its amphorae disagree on stays as it was', async () => {
  const first = await carry(own.database);
  const second = await pairUp(first);
  await write({ from: first }, { from: second });
  await beBusy(first, 'PENDING_UPDATE');
  await write({ from: second, listener: null });
  expect(await statusesOf(first)).toEqual(ALL_WELL);
  await beBusy(first, 'ACTIVE');
  await write({ from: second, listener: null });
  expect((await statusesOf(first)).slice(0, 2)).toEqual(['DEGRADED', 'DEGRADED']);
});

test('a report that changes nothing is looked at and leaves no trace', async () => {
  const carried = await carry(own.database);
  await write({ from: carried });
  await write({ from: carried, atMs: NOW_MS + 5 });
  const kept = await own.database.query<{ at: number }>(
    'select reported_at_ms as at from amphora_report where amphora_id = $1',
    [carried.amphoraId],
  );
  expect(kept.rows).toEqual([{ at: NOW_MS }]);
});

test('an old report that changed something may have been overtaken, so the amphora is asked once more', async () => {
  const carried = await carry(own.database);
  await write({ from: carried, atMs: NOW_MS - 2000 });
  expect([outcomes, asked]).toEqual([['applied'], [carried.amphoraId]]);
  await write({ from: carried, atMs: NOW_MS - 1000 });
  expect(asked).toHaveLength(1);
});

test('an amphora that does not carry its listeners is asked again and again, until it does', async () => {
  const carried = await carry(own.database);
  for (const listener of [null, null, 'OPEN']) await write({ from: carried, listener });
  expect(asked).toEqual([carried.amphoraId, carried.amphoraId]);
});

test('an amphora is asked again when Redis did not take that it carries the right listeners', async () => {
  const carried = await carry(own.database);
  await redis.set(keys.mismatch, 'not the sorted set that it should be');
  await write({ from: carried });
  await redis.del(keys.mismatch);
  expect([outcomes, asked]).toEqual([['applied'], [carried.amphoraId]]);
});

test('an amphora being replaced has no say any more', async () => {
  const first = await carry(own.database);
  const second = await pairUp(first);
  await write({ from: first, members: ['DOWN', 'DOWN'], pool: 'DOWN' });
  await own.database.query(`update amphora set status = 'PENDING_DELETE' where id = $1`, [
    first.amphoraId,
  ]);
  await write({ from: second });
  expect(await statusesOf(first)).toEqual(ALL_WELL);
});
