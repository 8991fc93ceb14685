import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { amphorae } from '#core/db/repositories/amphora.ts';
import { anAmphora } from '#core/db/testing/nouns.ts';
import { transaction } from '#core/db/transaction.ts';
import { enqueue } from '#core/queue/enqueue.ts';
import { openLogger } from '#core/telemetry/logger.ts';
import { createTestDatabase, type TestDatabase } from '../../tests/testing/servers.ts';
import { prepareSchema } from '../schema.ts';
import { type Carried, carry } from '../testing/carried.ts';
import { type AmphoraDirectory, postgresDirectory } from './amphora-directory.ts';
import type { FailoverRequested } from './failover-request.ts';

const BACK_OFF_MS = 60_000;

let own: TestDatabase;
let directory: AmphoraDirectory;

beforeAll(async () => {
  own = await createTestDatabase();
  await prepareSchema(own.database, {
    logger: openLogger({ service: 'test', isDebug: false, format: 'json' }),
    retryDelayMs: 100,
    signal: new AbortController().signal,
  });
  directory = postgresDirectory(own.database);
});
afterEach(async () => {
  await own.database.query('delete from dbos.workflow_status');
  await own.database.query('delete from amphora');
});
afterAll(async () => {
  await own.close();
});

async function carrySome(count: number): Promise<readonly Carried[]> {
  return Promise.all(Array.from({ length: count }, () => carry(own.database)));
}

async function write(carried: Carried | undefined, changes: string): Promise<void> {
  await own.database.query(`update amphora set ${changes} where id = $1`, [carried?.amphoraId]);
}

async function request(
  { amphoraId }: Carried,
  own: { allowed?: number; isFresh?: () => boolean } = {},
): Promise<FailoverRequested> {
  const amphora = (await directory.accused([amphoraId])).get(amphoraId);
  if (!amphora) throw new Error('nothing is expected of it');
  return directory.requestFailover({
    amphora,
    requestId: 'req-1',
    backOffMs: BACK_OFF_MS,
    allowed: 100,
    isFresh: () => true,
    ...own,
  });
}

/** What a worker leaves when a failover of that amphora fails. */
async function fail(carried: Carried): Promise<void> {
  await own.database.query(
    `update dbos.workflow_status set status = 'ERROR', deduplication_id = null,
       updated_at = extract(epoch from now()) * 1000 where deduplication_id = $1`,
    [carried.loadBalancerId],
  );
  await own.database.query(`update amphora set status = 'ERROR' where id = $1`, [
    carried.amphoraId,
  ]);
  await own.database.query(`update load_balancer set provisioning_status = 'ERROR' where id = $1`, [
    carried.loadBalancerId,
  ]);
}

async function failOverByApi(carried: Carried, isWhole: boolean): Promise<void> {
  const { loadBalancerId, amphoraId } = carried;
  await transaction(own.database, (tx) =>
    isWhole
      ? enqueue(tx, 'load-balancer-failover', { loadBalancerId }, { requestId: 'req-2' })
      : enqueue(tx, 'amphora-failover', { loadBalancerId, amphoraId }, { requestId: 'req-2' }),
  );
}

test('expected amphorae come page by page, each once, with zone and whether they are stopped', async () => {
  const carried = await carrySome(5);
  await own.database.query(`update amphora set cached_zone = 'west' where id = $1`, [
    carried[0]?.amphoraId,
  ]);
  await directory.move([carried[0]?.amphoraId ?? ''], 'ALLOCATED', 'FAILOVER_STOPPED');
  const first = await directory.expectedAfter(null, 3);
  const second = await directory.expectedAfter(first.at(-1)?.id ?? null, 3);
  const all = [...first, ...second];
  expect(all.map(({ id }) => id)).toEqual(carried.map(({ amphoraId }) => amphoraId).toSorted());
  expect(all.find(({ id }) => id === carried[0]?.amphoraId)).toMatchObject({
    zone: 'west',
    isStopped: true,
  });
});

test('what was written lately is named whether it is expected or not, and what was not is left out', async () => {
  const [old, fresh, gone] = await carrySome(3);
  await write(old, `created_at = now() - interval '1 hour', updated_at = null`);
  await write(fresh, 'created_at = now(), updated_at = null');
  await write(gone, `status = 'PENDING_DELETE', updated_at = now()`);
  const changed = await directory.changed();
  expect(changed).toHaveLength(2);
  expect(changed.find(({ id }) => id === fresh?.amphoraId)?.isExpected).toBe(true);
  expect(changed.find(({ id }) => id === gone?.amphoraId)?.isExpected).toBe(false);
});

test('however many managers ask at once, each amphora is failed over once and the budget is kept to the letter', async () => {
  const carried = await carrySome(8);
  const outcomes = await Promise.all(
    [...carried, ...carried].map((one) => request(one, { allowed: 3 })),
  );
  const requested = outcomes.filter(({ kind }) => kind === 'requested');
  expect(requested).toHaveLength(3);
  expect(await directory.inProgress()).toBe(3);
  const locked = await own.database.query(
    `select from load_balancer where provisioning_status = 'PENDING_UPDATE'`,
  );
  expect(locked.rowCount).toBe(3);
});

test('a verdict that is out of date when it would be committed leaves nothing behind', async () => {
  const [carried] = await carrySome(1);
  if (!carried) throw new Error('none');
  expect(await request(carried, { isFresh: () => false })).toEqual({ kind: 'out-of-date' });
  expect(await directory.inProgress()).toBe(0);
  expect(await request(carried)).toMatchObject({ kind: 'requested', attempts: 1 });
});

test.each([
  ['of an amphora', false],
  ['of a whole load balancer', true],
])(
  'a failover %s that was asked for through the API and failed is noted once and tried again',
  async (_what, isWhole) => {
    const [carried] = await carrySome(1);
    if (!carried) throw new Error('none');
    await failOverByApi(carried, isWhole);
    await fail(carried);
    const noted = await Promise.all([
      directory.noteFailures(BACK_OFF_MS),
      directory.noteFailures(BACK_OFF_MS),
    ]);
    expect(noted.flat()).toEqual([
      {
        amphoraId: carried.amphoraId,
        loadBalancerId: carried.loadBalancerId,
        flowId: expect.any(String) as string,
        attempts: 1,
        nextAttemptAt: expect.any(Date) as Date,
      },
    ]);
    expect(await directory.unfinished(10)).toEqual({ count: 1, due: [] });
    await own.database.query('update failover_attempt set next_attempt_at = now()');
    const { due } = await directory.unfinished(10);
    expect(due).toMatchObject([{ id: carried.amphoraId, status: 'ERROR', attempts: 1 }]);
    const [amphora] = due;
    if (!amphora) throw new Error('none');
    const again = await directory.requestFailover({
      amphora,
      requestId: 'req-3',
      backOffMs: BACK_OFF_MS,
      allowed: 1,
      isFresh: () => true,
    });
    expect(again).toMatchObject({ kind: 'requested', attempts: 2 });
  },
);

test('an amphora in ERROR whose load balancer has another one by now is left alone', async () => {
  const [carried] = await carrySome(1);
  if (!carried) throw new Error('none');
  await failOverByApi(carried, false);
  await fail(carried);
  await directory.noteFailures(BACK_OFF_MS);
  const successor = anAmphora({ loadBalancerId: carried.loadBalancerId, status: 'ALLOCATED' });
  await transaction(own.database, (tx) => amphorae.insert(tx, successor));
  expect(await directory.unfinished(10)).toEqual({ count: 0, due: [] });
});
