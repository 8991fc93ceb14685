import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadBalancers } from '#core/db/repositories/load-balancer.ts';
import { transaction } from '#core/db/transaction.ts';
import { enqueue } from '#core/queue/enqueue.ts';
import type { Fault } from '#drivers/noop/faults.ts';
import { createTestDatabase, type TestDatabase } from '../tests/testing/servers.ts';
import { type Family, insertFamily, newFamily } from './testing/rows.ts';

const PATIENCE_MS = 60_000;
const FOREVER: Fault = { kind: 'stall', durationMs: 600_000 };
/** Of the worker under test, in each queue. */
const SLOTS = 5;

let own: TestDatabase;
let workers: ChildProcess[] = [];

beforeAll(async () => {
  own = await createTestDatabase();
});
afterAll(async () => {
  for (const worker of workers) worker.kill('SIGKILL');
  await own.close();
});

async function startWorker(faults: readonly [string, Fault, number][], total = ''): Promise<void> {
  const program = new URL('../deploy/operations/testing/worker.ts', import.meta.url);
  const worker = fork(program, {
    env: {
      ...process.env,
      DATABASE_URL: own.url,
      FAULTS: JSON.stringify(faults),
      TOTAL_MAX: total,
    },
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  workers.push(worker);
  await once(worker, 'message', { signal: AbortSignal.timeout(PATIENCE_MS) });
}

async function request(flow: 'load-balancer-create' | 'load-balancer-failover'): Promise<Family> {
  const family = newFamily();
  const { loadBalancerId } = family;
  await transaction(own.database, async (tx) => {
    await insertFamily(tx, family, flow.endsWith('create') ? 'PENDING_CREATE' : 'PENDING_UPDATE');
    await enqueue(tx, flow, { loadBalancerId }, { requestId: 'req-1' });
  });
  return family;
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + PATIENCE_MS;
  while (!(await isSo())) {
    if (performance.now() > deadlineMs) throw new Error(`not so within ${PATIENCE_MS} ms`);
    await delay(50);
  }
}

async function isActive({ loadBalancerId }: Family): Promise<boolean> {
  const found = await loadBalancers.find(own.database, loadBalancerId);
  return found?.provisioningStatus === 'ACTIVE';
}

async function flowsIn(status: string): Promise<number> {
  const found = await own.database.query('select from dbos.workflow_status where status = $1', [
    status,
  ]);
  return found.rowCount ?? 0;
}

test('load balancers whose machines hang keep nobody else waiting, neither creates nor failovers', async () => {
  await startWorker(
    Array.from({ length: SLOTS }, (_, call) => ['compute.build', FOREVER, call + 1]),
  );
  const hanging: Family[] = [];
  for (let create = 0; create < SLOTS; create++)
    hanging.push(await request('load-balancer-create'));
  await until(async () => {
    const steps = await own.database.query(
      `select distinct workflow_uuid from dbos.operation_outputs where function_name = 'insert-amphorae'`,
    );
    return steps.rowCount === SLOTS;
  });
  const others = [
    await request('load-balancer-create'),
    await request('load-balancer-failover'),
    await request('load-balancer-create'),
  ];
  await until(async () => (await Promise.all(others.map(isActive))).every(Boolean));
  expect(await Promise.all(hanging.map(isActive))).toEqual(hanging.map(() => false));
  // What is ACTIVE may have its flow's last word still to come.
  await until(async () => (await flowsIn('PENDING')) === SLOTS);
});

test('a limit for all workers together holds, and what waits is run when there is room', async () => {
  for (const worker of workers) worker.kill('SIGKILL');
  workers = [];
  await own.database.query('truncate dbos.workflow_status cascade');
  await startWorker([['compute.build', { kind: 'stall', durationMs: 2000 }, 1]], '1');
  await startWorker([], '1');
  const families: Family[] = [];
  for (let create = 0; create < 3; create++) families.push(await request('load-balancer-create'));
  let most = 0;
  await until(async () => {
    most = Math.max(most, await flowsIn('PENDING'));
    return (await Promise.all(families.map(isActive))).every(Boolean);
  });
  expect(most).toBe(1);
});
