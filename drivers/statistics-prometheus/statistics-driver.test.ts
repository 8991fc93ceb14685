import { randomUUID } from 'node:crypto';
import { Registry } from 'prom-client';
import { beforeEach, expect, test } from 'vitest';
import type { StatisticsDriver, StatisticsReport } from '#core/ports/statistics.ts';
import { prometheusStatistics } from './statistics-driver.ts';

const GONE_AFTER_MS = 1000;

let registry: Registry;
let driver: StatisticsDriver;
let nowMs = 0;

beforeEach(() => {
  nowMs = 0;
  registry = new Registry();
  driver = prometheusStatistics({
    registry,
    clock: { monotonicMs: () => nowMs },
    listenersMax: 2,
    goneAfterMs: GONE_AFTER_MS,
  });
});

function counted(listenerId: string, own: Partial<StatisticsReport> = {}): StatisticsReport {
  return {
    amphoraId: 'a',
    listenerId,
    isDelta: true,
    rxBytes: 10,
    txBytes: 20,
    activeConnections: 3,
    totalConnections: 4,
    requestErrors: 5,
    ...own,
  };
}

function write(...reports: readonly StatisticsReport[]): Promise<void> {
  return driver.updateStatistics([{ id: randomUUID(), reports }]);
}

/** Lines of a metric, without its name. */
async function lines(name: string): Promise<readonly string[]> {
  const all = (await registry.metrics()).split('\n');
  return all.filter((line) => line.startsWith(`${name}{`)).map((line) => line.slice(name.length));
}

test('increments are added up for each listener, and open connections are the latest of each amphora', async () => {
  await write(counted('l'), counted('l', { activeConnections: 1 }));
  await write(counted('l', { amphoraId: 'b', activeConnections: 7 }));
  expect(await lines('octavia_listener_received_bytes_total')).toEqual(['{listener_id="l"} 30']);
  expect(await lines('octavia_listener_sent_bytes_total')).toEqual(['{listener_id="l"} 60']);
  expect(await lines('octavia_listener_connections_total')).toEqual(['{listener_id="l"} 12']);
  expect(await lines('octavia_listener_request_errors_total')).toEqual(['{listener_id="l"} 15']);
  expect(await lines('octavia_listener_active_connections')).toEqual(['{listener_id="l"} 8']);
});

test('of the totals of an old amphora only their growth is counted, also over a restart of its HAProxy', async () => {
  for (const rxBytes of [1000, 1500, 20]) await write(counted('l', { isDelta: false, rxBytes }));
  expect(await lines('octavia_listener_received_bytes_total')).toEqual(['{listener_id="l"} 520']);
});

test('listeners beyond the bound are added up under one name and counted', async () => {
  await write(...['l', 'm', 'n', 'o'].map((id) => counted(id)), counted('l'));
  expect((await lines('octavia_listener_received_bytes_total')).toSorted()).toEqual([
    '{listener_id="l"} 20',
    '{listener_id="m"} 10',
    '{listener_id="other"} 20',
  ]);
  expect(await registry.metrics()).toContain('octavia_listener_reports_folded_total 2');
});

test('the series of a listener that is gone are dropped, and make room for another', async () => {
  await write(counted('l'), counted('m'));
  nowMs = GONE_AFTER_MS + 1;
  await write(counted('n'));
  expect(await lines('octavia_listener_received_bytes_total')).toEqual(['{listener_id="n"} 10']);
});
