import { Registry } from 'prom-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDatabase } from '#core/db/pool.ts';
import type { Logger } from '#core/ports/logger.ts';
import { systemClock } from '#core/service/system-clock.ts';
import { createTestDatabase, type TestDatabase } from '../tests/testing/servers.ts';
import { Periodic, type PeriodicOptions } from './periodic.ts';
import { openTaskMetrics } from './task-metrics.ts';

let own: TestDatabase;
beforeAll(async () => {
  own = await createTestDatabase();
});
afterAll(() => own.close());

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };

function aTask(options: Partial<PeriodicOptions>): { task: Periodic; registry: Registry } {
  const registry = new Registry();
  const task = new Periodic({
    name: 'test-purge',
    intervalMs: 5,
    run: async () => ({ removed: 0, failed: 0 }),
    database: own.database,
    locks: own.database,
    clock: systemClock,
    random: () => 0.5,
    logger: silent,
    metrics: openTaskMetrics(registry),
    ...options,
  });
  return { task, registry };
}

test('while one process runs a task no other one does, and afterwards another may', async () => {
  const { promise: mayEnd, resolve: letEnd } = Promise.withResolvers<void>();
  const { promise: isRunning, resolve: running } = Promise.withResolvers<void>();
  const { task: first } = aTask({
    async run() {
      running();
      await mayEnd;
      return { removed: 0, failed: 0 };
    },
  });
  const { task: second } = aTask({});
  const slow = first.runOnce();
  await isRunning;
  expect(await second.runOnce()).toBe('elsewhere');
  letEnd();
  expect(await slow).toBe('done');
  expect(await second.runOnce()).toBe('done');
});

test('tasks that hold their locks do not take the connections that they work on from each other', async () => {
  const small = {
    connection: own.url,
    poolSizeMax: 1,
    poolTimeoutMs: 60_000,
    applicationName: 't',
  };
  const [database, locks] = [openDatabase(small, () => {}), openDatabase(small, () => {})];
  const run = async () => ({ removed: (await database.query('select 1')).rowCount ?? 0 });
  const { task } = aTask({ name: 'frugal', database, locks, run });
  expect(await task.runOnce()).toBe('done');
  await Promise.all([database.end(), locks.end()]);
});

test('tasks of different names run side by side', async () => {
  const { task: inner } = aTask({ name: 'other-purge' });
  const { task: outer } = aTask({
    async run() {
      expect(await inner.runOnce()).toBe('done');
      return { removed: 0, failed: 0 };
    },
  });
  expect(await outer.runOnce()).toBe('done');
});

test('a task whose run fails is counted, lets go of its lock and runs again', async () => {
  let runs = 0;
  const { task, registry } = aTask({
    async run() {
      runs += 1;
      if (runs === 1) throw new Error('disk full');
      return { removed: 3, failed: 1 };
    },
  });
  expect(await task.runOnce()).toBe('failed');
  expect(await task.runOnce()).toBe('done');
  const text = await registry.metrics();
  expect(text).toContain('octavia_housekeeping_runs_total{task="test-purge",outcome="failed"} 1');
  expect(text).toContain('octavia_housekeeping_runs_total{task="test-purge",outcome="done"} 1');
  expect(text).toContain('octavia_housekeeping_rows_total{task="test-purge",result="removed"} 3');
  expect(text).toMatch(/last_run_timestamp_seconds\{task="test-purge",outcome="done"\} \d{10}/);
});

test('it survives PostgreSQL being away and runs once it is back', async () => {
  const nowhere = openDatabase(
    {
      connection: 'postgresql://octavia@127.0.0.1:1/x',
      poolSizeMax: 1,
      poolTimeoutMs: 1000,
      applicationName: 't',
    },
    () => {},
  );
  const { task } = aTask({ database: nowhere, locks: nowhere });
  expect(await task.runOnce()).toBe('failed');
  await nowhere.end();
});

test('a lock whose connection was cut is free again and the connection is not reused', async () => {
  const { task } = aTask({
    async run() {
      await own.database.query(
        `select pg_terminate_backend(pid, 60000) from pg_locks
         where locktype = 'advisory' and pid <> pg_backend_pid()
           and database = (select oid from pg_database where datname = current_database())`,
      );
      return { removed: 0, failed: 0 };
    },
  });
  expect(await task.runOnce()).toBe('done');
  expect(await task.runOnce()).toBe('done');
});

test('it runs again and again until it is stopped, and stopping waits for the run under way', async () => {
  let runs = 0;
  let isRunning = false;
  const { promise: ranThrice, resolve } = Promise.withResolvers<void>();
  const { task } = aTask({
    async run() {
      isRunning = true;
      await systemClock.sleep(5);
      runs += 1;
      if (runs === 3) resolve();
      isRunning = false;
      return { removed: 0, failed: 0 };
    },
  });
  await task.start();
  await task.start();
  await ranThrice;
  await task.stop();
  await task.stop();
  expect(isRunning).toBe(false);
  const ended = runs;
  await systemClock.sleep(50);
  expect(runs).toBe(ended);
});

test('a run under way learns that it should stop', async () => {
  const { promise: isRunning, resolve: running } = Promise.withResolvers<void>();
  let reason: string | undefined;
  const { task } = aTask({
    async run(signal) {
      running();
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      reason = 'asked to stop';
      return { removed: 0, failed: 0 };
    },
  });
  await task.start();
  await isRunning;
  await task.stop();
  expect(reason).toBe('asked to stop');
});
