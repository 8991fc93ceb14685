import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { migrate } from '#core/db/migrate.ts';
import { openLogger } from '#core/telemetry/logger.ts';
import { createTestDatabase, type TestDatabase } from '../tests/testing/servers.ts';
import type { StatisticsReport } from './batch.ts';
import { packStatistics, recordOf } from './report-codec.ts';
import { writeStatistics } from './stat-writer.ts';
import type { StreamEntry } from './stream-consumer.ts';
import { type Carried, carry } from './testing/carried.ts';

let own: TestDatabase;
beforeAll(async () => {
  own = await createTestDatabase();
  await migrate(own.database, new URL('./migrations/', import.meta.url), 'health-ingest');
});
afterAll(() => own.close());

const logger = openLogger({ service: 'test', isDebug: false, format: 'json' });
let repeated = 0;
const write = (entries: readonly StreamEntry[]): Promise<void> =>
  writeStatistics(entries, {
    database: own.database,
    logger,
    written: () => undefined,
    repeated: (batches) => void (repeated += batches),
  });

const counted = (carried: Carried, rxBytes: number | bigint): StatisticsReport => ({
  amphoraId: carried.amphoraId,
  listenerId: carried.listenerId,
  isDelta: true,
  rxBytes,
  txBytes: 0,
  activeConnections: 0,
  totalConnections: 0,
  requestErrors: 0,
});

const entry = (reports: readonly StatisticsReport[], batchId = randomUUID()): StreamEntry => ({
  entryId: '1-0',
  batchId,
  body: Buffer.concat(reports.map((report) => packStatistics(recordOf(report)))),
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
  const batch = entry([counted(carried, 5)]);
  await write([batch, batch]);
  await write([batch, entry([counted(carried, 7)])]);
  expect(await bytesInOf(carried)).toBe('12');
  expect(repeated).toBeGreaterThan(0);
});

test('an absurd increment fills its own counter and fails nobody else', async () => {
  const [liar, honest] = [await carry(own.database), await carry(own.database)];
  const huge = 2n ** 63n - 1n;
  await write([entry([counted(liar, huge), counted(honest, 1)])]);
  await write([entry([counted(liar, huge), counted(honest, 1)])]);
  expect([await bytesInOf(liar), await bytesInOf(honest)]).toEqual([String(huge), '2']);
});

test('a batch that cannot be read, and ids of nobody, do not hold up the others', async () => {
  const carried = await carry(own.database);
  const broken = { entryId: '1-0', batchId: randomUUID(), body: Buffer.from('nonsense') };
  const odd = entry([{ ...counted(carried, 1), listenerId: randomUUID() }]);
  await write([broken, odd, entry([counted(carried, 3)])]);
  expect(await bytesInOf(carried)).toBe('3');
});
