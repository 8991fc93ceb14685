import { randomUUID } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import type {
  StatisticsBatch,
  StatisticsDriver,
  StatisticsReport,
} from '#core/ports/statistics.ts';
import type { StreamEntry } from '../exchange/redis-stream.ts';
import { packStatistics, recordOf } from '../exchange/report-codec.ts';
import { eventually } from '../testing/eventually.ts';
import { silentLogger } from '../testing/silent-logger.ts';
import { SideStatistics } from './side-statistics.ts';
import { StatWriter } from './stat-writer.ts';

const release = new Set<() => void>();
afterEach(() => {
  for (const end of release) end();
  release.clear();
});

function counted(rxBytes: number): StatisticsReport {
  return {
    amphoraId: randomUUID(),
    listenerId: randomUUID(),
    isDelta: true,
    rxBytes,
    txBytes: 0,
    activeConnections: 0,
    totalConnections: 0,
    requestErrors: 0,
  };
}

function entry(...reports: readonly StatisticsReport[]): StreamEntry {
  const body = Buffer.concat(reports.map((report) => packStatistics(recordOf(report))));
  return { entryId: '1-0', batchId: randomUUID(), body };
}

/** A driver that keeps what it is told. */
function keeping(): StatisticsDriver & { readonly kept: number[] } {
  const kept: number[] = [];
  return {
    name: 'keeping',
    kept,
    async updateStatistics(batches) {
      kept.push(...batches.flatMap(({ reports }) => reports.map(({ rxBytes }) => Number(rxBytes))));
    },
  };
}

function hanging(): StatisticsDriver {
  return {
    name: 'hanging',
    updateStatistics: () => new Promise<void>((resolve) => release.add(resolve)),
  };
}

const throwing: StatisticsDriver = {
  name: 'throwing',
  updateStatistics: () => Promise.reject(new Error('as planned')),
};

function batch(reports: number): StatisticsBatch {
  return { id: randomUUID(), reports: Array.from({ length: reports }, () => counted(1)) };
}

const lost = new Map<string, number>();
function beside(driver: StatisticsDriver, reportsMax = 1000): SideStatistics {
  return new SideStatistics({
    driver,
    logger: silentLogger,
    timeoutMs: 20,
    reportsMax,
    lost: (name, reports) => lost.set(name, (lost.get(name) ?? 0) + reports),
  });
}

test('a driver that hangs and one that throws stop neither the exact one nor their neighbours', async () => {
  lost.clear();
  const [exact, neighbour] = [keeping(), keeping()];
  const writer = new StatWriter({
    exact,
    others: [beside(hanging()), beside(throwing), beside(neighbour)],
    logger: silentLogger,
  });
  for (let rxBytes = 1; rxBytes <= 3; rxBytes++) {
    await writer.write([entry(counted(rxBytes))]);
    await eventually(() => (neighbour.kept.length === rxBytes ? true : undefined));
    await eventually(() => (lost.get('throwing') === rxBytes ? true : undefined));
  }
  expect([exact.kept, neighbour.kept]).toEqual([
    [1, 2, 3],
    [1, 2, 3],
  ]);
});

test('a driver that hung gets what comes after it is done; what came meanwhile is counted as lost', async () => {
  lost.clear();
  const driver = hanging();
  const side = beside(driver);
  side.offer([batch(1)]);
  side.offer([batch(2)]);
  await eventually(() => (lost.get('hanging') === 2 ? true : undefined));
  side.offer([batch(4)]);
  expect(lost.get('hanging')).toBe(6);
  for (const end of release) end();
  release.clear();
  await eventually(() => {
    side.offer([batch(1)]);
    return release.size > 0 ? true : undefined;
  });
});

test('what waits for a slow driver is bounded', () => {
  lost.clear();
  const side = beside(hanging(), 10);
  side.offer([{ id: 'first', reports: [counted(1)] }]);
  for (let index = 0; index < 20; index++) side.offer([{ id: `${index}`, reports: [counted(1)] }]);
  expect(lost.get('hanging')).toBe(10);
});

test('while the exact driver is tried again, the others are told once', async () => {
  const other = keeping();
  const writer = new StatWriter({
    exact: throwing,
    others: [beside(other)],
    logger: silentLogger,
  });
  const again = entry(counted(1));
  for (let attempt = 0; attempt < 3; attempt++)
    await expect(writer.write([again])).rejects.toThrow('as planned');
  await eventually(() => (other.kept.length > 0 ? true : undefined));
  expect(other.kept).toEqual([1]);
});

test('a batch that cannot be read does not hold up the others', async () => {
  const exact = keeping();
  const writer = new StatWriter({ exact, others: [], logger: silentLogger });
  const broken = { entryId: '1-0', batchId: randomUUID(), body: Buffer.from('nonsense') };
  await writer.write([broken, entry(counted(3))]);
  expect(exact.kept).toEqual([3]);
});
