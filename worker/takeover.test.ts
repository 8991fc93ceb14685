import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { findLoadBalancerTree } from '#core/db/repositories/load-balancer-tree.ts';
import { transaction } from '#core/db/transaction.ts';
import type { LoadBalancerTree } from '#core/domain/load-balancer-tree.ts';
import { enqueue } from '#core/queue/enqueue.ts';
import type { FlowName } from '#core/queue/flows.ts';
import { createTestDatabase, type TestDatabase } from '../tests/testing/servers.ts';
import { migrateEngine } from './engine/schema.ts';
import { inputFor, markFor } from './testing/as-the-api.ts';
import type { NoopCloud } from './testing/noop-world.ts';
import { type Family, insertFamily, newFamily } from './testing/rows.ts';
import { tableCloud } from './testing/table-store.ts';
import { type WorkerFaults, WorkerProcess } from './testing/worker-process.ts';

const PATIENCE_MS = 25_000;

let test_: TestDatabase;
let cloud: NoopCloud;
let workers: WorkerProcess[] = [];

beforeAll(async () => {
  test_ = await createTestDatabase();
  await migrateEngine(test_.url);
  cloud = await tableCloud(test_.database);
});
afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.kill()));
  workers = [];
  await test_.database.query('delete from noop_cloud');
});
afterAll(() => test_.close());

async function startWorker(faults?: WorkerFaults): Promise<WorkerProcess> {
  const worker = new WorkerProcess(test_.url, faults);
  workers.push(worker);
  await worker.says('ready');
  return worker;
}

async function tree({ loadBalancerId }: Family): Promise<LoadBalancerTree> {
  const found = await findLoadBalancerTree(test_.database, loadBalancerId);
  if (found === null) throw new Error('the load balancer is gone');
  return found;
}

async function request(name: FlowName, family: Family): Promise<void> {
  const serving = (await tree(family)).amphorae.find((one) => one.status === 'ALLOCATED');
  await transaction(test_.database, async (tx) => {
    await markFor(tx, name, family);
    await enqueue(tx, name, inputFor(family, serving?.id ?? '') as never, { requestId: 'req-1' });
  });
}

/** Waits until the load balancer is no longer pending. @returns what it is then */
async function settled(family: Family): Promise<string> {
  const deadlineMs = performance.now() + PATIENCE_MS;
  while (performance.now() < deadlineMs) {
    const { provisioningStatus } = await tree(family);
    if (!provisioningStatus.startsWith('PENDING')) return provisioningStatus;
    await delay(50);
  }
  throw new Error(`still pending after ${PATIENCE_MS} ms`);
}

async function storedFamily(): Promise<Family> {
  const family = newFamily();
  await transaction(test_.database, (tx) => insertFamily(tx, family, 'PENDING_CREATE'));
  return family;
}

/** A load balancer that is ACTIVE, and no worker left. */
async function activeFamily(): Promise<Family> {
  const family = await storedFamily();
  const worker = await startWorker();
  await request('load-balancer-create', family);
  expect(await settled(family)).toBe('ACTIVE');
  await worker.kill();
  return family;
}

async function expectOneOfEach(family: Family): Promise<void> {
  const { amphorae } = await tree(family);
  const living = amphorae.filter((amphora) => amphora.status !== 'DELETED');
  expect(living.map((amphora) => amphora.status)).toEqual(['ALLOCATED']);
  const machines = await cloud.machines.all();
  expect(machines.map((machine) => machine.amphoraId)).toEqual(living.map((one) => one.id));
  const ports = (await cloud.ports.all()).map((port) => port.name.replace(/-[0-9a-f-]{36}.*/, ''));
  expect(ports.toSorted()).toEqual(['octavia-lb-member', 'octavia-lb-vrrp']);
}

test.each([
  ['load-balancer-create', 'certificates.issue'],
  ['load-balancer-create', 'compute.attachPort'],
  ['load-balancer-create', 'amphora.applyLoadBalancer'],
  ['amphora-failover', 'compute.build'],
  ['amphora-failover', 'compute.detachPort'],
  ['amphora-failover', 'compute.delete'],
  ['member-update', 'amphora.applyLoadBalancer'],
] as const)('%s, its worker killed in %s, is finished by another', async (name, hangAt) => {
  const family = name === 'load-balancer-create' ? await storedFamily() : await activeFamily();
  const first = await startWorker({ hangAt });
  await request(name, family);
  await first.says('reached');
  await first.kill();
  await startWorker();
  expect(await settled(family)).toBe('ACTIVE');
  await expectOneOfEach(family);
});

test.each(['compute.delete', 'network.deletePort', 'network.deallocateVip'])(
  'load-balancer-delete, its worker killed in %s, is finished by another',
  async (hangAt) => {
    const family = await activeFamily();
    const first = await startWorker({ hangAt });
    await request('load-balancer-delete', family);
    await first.says('reached');
    await first.kill();
    await startWorker();
    expect(await settled(family)).toBe('DELETED');
    const left = [cloud.machines.all(), cloud.ports.all(), cloud.vipPorts.all()];
    expect((await Promise.all<readonly unknown[]>(left)).flat()).toEqual([]);
  },
);

test('a frozen worker loses its flow, and undoes nothing when it thaws', async () => {
  const family = await storedFamily();
  const frozen = await startWorker({ stallAt: 'amphora.plugVip' });
  await request('load-balancer-create', family);
  await frozen.says('reached');
  frozen.signal('SIGSTOP');
  await startWorker();
  expect(await settled(family)).toBe('ACTIVE');
  frozen.signal('SIGCONT');
  await frozen.logs('no longer owned by this execution');
  expect(frozen.log.filter((line) => String(line['step']).startsWith('undo'))).toEqual([]);
  expect((await tree(family)).provisioningStatus).toBe('ACTIVE');
  await expectOneOfEach(family);
});
