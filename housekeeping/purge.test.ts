import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { amphorae } from '#core/db/repositories/amphora.ts';
import { listeners } from '#core/db/repositories/listener.ts';
import { loadBalancers } from '#core/db/repositories/load-balancer.ts';
import { pools } from '#core/db/repositories/pool.ts';
import { aListener, aLoadBalancer, anAmphora, aPool } from '#core/db/testing/nouns.ts';
import { transaction } from '#core/db/transaction.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { Transaction } from '#core/ports/transaction.ts';
import { createTestDatabase, type TestDatabase } from '../tests/testing/servers.ts';
import { type Purgeable, type Purged, purge } from './purge.ts';
import { amphoraPurge } from './tasks/amphora-purge.ts';
import { loadBalancerPurge } from './tasks/load-balancer-purge.ts';
import { statisticsPurge } from './tasks/statistics-purge.ts';

const DAY_SECONDS = 86_400;
const daysAgo = (days: number): Date => new Date(Date.now() - days * DAY_SECONDS * 1000);

let own: TestDatabase;
let warned: Readonly<Record<string, unknown>>[] = [];
const logger: Logger = {
  debug() {},
  info() {},
  warn: (fields) => void warned.push(fields),
  error() {},
  child: () => logger,
};

beforeAll(async () => {
  own = await createTestDatabase();
});
afterAll(() => own.close());
beforeEach(async () => {
  warned = [];
  await own.database.query(
    'drop table if exists holds_amphora; delete from load_balancer; delete from amphora; delete from listener_statistics',
  );
});

const write = (work: (tx: Transaction) => Promise<void>) => transaction(own.database, work);
const run = (rows: Purgeable, signal = new AbortController().signal): Promise<Purged> =>
  purge(own.database, rows, logger, signal);
async function idsIn(table: string, column = 'id'): Promise<string[]> {
  const { rows } = await own.database.query<{ id: string }>(`select ${column} as id from ${table}`);
  return rows.map((row) => row.id);
}

test('amphorae deleted longer ago than the expiry age are gone, all others stay', async () => {
  const old = anAmphora({ status: 'DELETED', updatedAt: daysAgo(8) });
  const recent = anAmphora({ status: 'DELETED', updatedAt: daysAgo(6) });
  const living = anAmphora({ status: 'ALLOCATED', updatedAt: daysAgo(100) });
  await write(async (tx) => {
    for (const amphora of [old, recent, living]) await amphorae.insert(tx, amphora);
  });
  expect(await run(amphoraPurge(7 * DAY_SECONDS))).toEqual({ removed: 1, failed: 0 });
  expect((await idsIn('amphora')).toSorted()).toEqual([recent.id, living.id].toSorted());
});

test('a purged load balancer takes what hangs below it and lets go of its amphorae', async () => {
  const gone = aLoadBalancer({ provisioningStatus: 'DELETED', updatedAt: daysAgo(8) });
  const failed = aLoadBalancer({ provisioningStatus: 'ERROR', updatedAt: daysAgo(8) });
  const amphora = anAmphora({ loadBalancerId: gone.id });
  await write(async (tx) => {
    await loadBalancers.insert(tx, gone);
    await loadBalancers.insert(tx, failed);
    await pools.insert(tx, aPool(gone.id));
    await listeners.insert(tx, aListener(gone.id));
    await amphorae.insert(tx, amphora);
  });
  expect(await run(loadBalancerPurge(7 * DAY_SECONDS))).toEqual({ removed: 1, failed: 0 });
  expect(await idsIn('load_balancer')).toEqual([failed.id]);
  expect(await idsIn('listener')).toEqual([]);
  expect(await amphorae.find(own.database, amphora.id)).toMatchObject({ loadBalancerId: null });
});

test('a row that something else holds is named in the log and keeps no other row from going', async () => {
  const held = anAmphora({ status: 'DELETED', updatedAt: daysAgo(8) });
  const free = Array.from({ length: 5 }, () =>
    anAmphora({ status: 'DELETED', updatedAt: daysAgo(8) }),
  );
  await write(async (tx) => {
    for (const amphora of [held, ...free]) await amphorae.insert(tx, amphora);
  });
  await own.database.query('create table holds_amphora (id uuid references amphora)');
  await own.database.query('insert into holds_amphora values ($1)', [held.id]);
  expect(await run(amphoraPurge(7 * DAY_SECONDS))).toEqual({ removed: 5, failed: 1 });
  expect(await idsIn('amphora')).toEqual([held.id]);
  expect(warned).toMatchObject([{ id: held.id }]);
});

test('rows that cannot go do not keep those behind them from being reached', async () => {
  const all = Array.from({ length: 7 }, () =>
    anAmphora({ status: 'DELETED', updatedAt: daysAgo(8) }),
  );
  await write(async (tx) => {
    for (const amphora of all) await amphorae.insert(tx, amphora);
  });
  const [first, second] = (await idsIn('amphora')).toSorted();
  await own.database.query('create table holds_amphora (id uuid references amphora)');
  await own.database.query('insert into holds_amphora values ($1), ($2)', [first, second]);
  const inTwos = { ...amphoraPurge(7 * DAY_SECONDS), batchSize: 2 };
  expect(await run(inTwos)).toEqual({ removed: 5, failed: 2 });
});

test('a run takes a bounded number of rows and leaves the rest to the next', async () => {
  await own.database.query(
    `insert into amphora (id, status, updated_at)
     select gen_random_uuid(), 'DELETED', now() - interval '8 days' from generate_series(1, 410)`,
  );
  const one = { ...amphoraPurge(7 * DAY_SECONDS), batchSize: 1 };
  expect(await run(one)).toEqual({ removed: 400, failed: 0 });
  expect(await run(one)).toEqual({ removed: 10, failed: 0 });
});

test('a run that is asked to stop ends before its next batch', async () => {
  const stopping = new AbortController();
  const rows: Purgeable = {
    ...amphoraPurge(7 * DAY_SECONDS),
    batchSize: 1,
    async remove() {
      stopping.abort();
      return 1;
    },
  };
  await write((tx) => amphorae.insert(tx, anAmphora({ status: 'DELETED', updatedAt: daysAgo(8) })));
  await write((tx) => amphorae.insert(tx, anAmphora({ status: 'DELETED', updatedAt: daysAgo(8) })));
  expect(await run(rows, stopping.signal)).toEqual({ removed: 1, failed: 0 });
});

test('statistics outlive their amphora and go with their listener', async () => {
  const loadBalancer = aLoadBalancer();
  const living = aListener(loadBalancer.id);
  const goneListenerId = randomUUID();
  await write(async (tx) => {
    await loadBalancers.insert(tx, loadBalancer);
    await listeners.insert(tx, living);
    for (const id of [living.id, goneListenerId])
      for (let sender = 0; sender < 2; sender++)
        await tx.query(
          'insert into listener_statistics (listener_id, amphora_id) values ($1, $2)',
          [id, randomUUID()],
        );
  });
  expect(await run(statisticsPurge)).toEqual({ removed: 2, failed: 0 });
  expect(await idsIn('listener_statistics', 'listener_id')).toEqual([living.id, living.id]);
});
