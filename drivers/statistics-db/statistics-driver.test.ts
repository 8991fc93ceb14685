import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { migrate } from '#core/db/migrate.ts';
import type { StatisticsBatch, StatisticsReport } from '#core/ports/statistics.ts';
import { type Carried, carry } from '../../health-ingest/testing/carried.ts';
import { createTestDatabase, type TestDatabase } from '../../tests/testing/servers.ts';
import { databaseStatistics, sweepApplied } from './statistics-driver.ts';

let own: TestDatabase;
beforeAll(async () => {
  own = await createTestDatabase();
  const migrations = new URL('../../health-ingest/migrations/', import.meta.url);
  await migrate(own.database, migrations, 'health-ingest');
});
afterAll(() => own.close());

let repeated = 0;
let refused = 0;
const write = (...batches: readonly StatisticsBatch[]): Promise<void> =>
  databaseStatistics({
    database: own.database,
    written: (_, refusals) => void (refused += refusals),
    repeated: (count) => void (repeated += count),
  }).updateStatistics(batches);

const counted = (carried: Carried, rxBytes: number | bigint, isDelta = true): StatisticsReport => ({
  amphoraId: carried.amphoraId,
  listenerId: carried.listenerId,
  isDelta,
  rxBytes,
  txBytes: 0,
  activeConnections: 0,
  totalConnections: 0,
  requestErrors: 0,
});

const batchOf = (...reports: readonly StatisticsReport[]): StatisticsBatch => ({
  id: randomUUID(),
  reports,
});

async function bytesInOf(carried: Carried): Promise<string | undefined> {
  const found = await own.database.query<{ bytes: string }>(
    'select bytes_in::text as bytes from listener_statistics where listener_id = $1',
    [carried.listenerId],
  );
  return found.rows[0]?.bytes;
}

test('a batch delivered again, alone or beside its twin, is added once', async () => {
  const carried = await carry(own.database);
  const batch = batchOf(counted(carried, 5));
  await write(batch, batch);
  await write(batch, batchOf(counted(carried, 7)));
  expect(await bytesInOf(carried)).toBe('12');
  expect(repeated).toBe(2);
});

test('a batch that two health managers write at the same time is added once', async () => {
  const carried = await carry(own.database);
  const batch = batchOf(counted(carried, 5));
  await Promise.all([write(batch), write(batch), write(batch)]);
  expect(await bytesInOf(carried)).toBe('5');
});

test('what several health managers count of the same listeners at the same time, new ones and known ones, is added up', async () => {
  const known = await carry(own.database);
  await write(batchOf(counted(known, 1)));
  const fresh = await Promise.all(Array.from({ length: 20 }, () => carry(own.database)));
  const rounds = Array.from({ length: 8 }, (_, round) =>
    write(batchOf(...fresh.map((one) => counted(one, 2 ** round)), counted(known, 2))),
  );
  await Promise.all(rounds);
  expect(await Promise.all(fresh.map(bytesInOf))).toEqual(fresh.map(() => '255'));
  expect(await bytesInOf(known)).toBe('17');
});

test('increments of one listener in several batches are added up, and totals of an old amphora replace them', async () => {
  const carried = await carry(own.database);
  await write(batchOf(counted(carried, 5), counted(carried, 6)), batchOf(counted(carried, 7)));
  expect(await bytesInOf(carried)).toBe('18');
  await write(batchOf(counted(carried, 3, false)));
  expect(await bytesInOf(carried)).toBe('3');
});

test('an absurd increment fills its own counter and fails nobody else', async () => {
  const [liar, honest] = [await carry(own.database), await carry(own.database)];
  const huge = 2n ** 63n - 1n;
  await write(batchOf(counted(liar, huge), counted(honest, 1)));
  await write(batchOf(counted(liar, huge), counted(honest, 1)));
  expect([await bytesInOf(liar), await bytesInOf(honest)]).toEqual([String(huge), '2']);
});

test('an amphora that speaks of a listener which is not its own is refused, and counted', async () => {
  const [victim, thief] = [await carry(own.database), await carry(own.database)];
  await write(batchOf({ ...counted(victim, 9), amphoraId: thief.amphoraId }));
  expect([await bytesInOf(victim), refused]).toEqual([undefined, 1]);
});

test('more rows than one statement takes are written all the same', async () => {
  const carried = await carry(own.database);
  const others = Array.from({ length: 25_000 }, () => ({
    ...counted(carried, 1),
    listenerId: randomUUID(),
  }));
  await write(batchOf(...others, counted(carried, 4)));
  expect(await bytesInOf(carried)).toBe('4');
});

test('what was applied long ago is forgotten', async () => {
  await write(batchOf(counted(await carry(own.database), 1)));
  await own.database.query(`update statistics_batch set applied_at = now() - interval '7 hours'`);
  expect(await sweepApplied(own.database)).toBeGreaterThan(0);
});
