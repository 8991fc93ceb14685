import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { findLoadBalancerTree } from '#core/db/repositories/load-balancer-tree.ts';
import { transaction } from '#core/db/transaction.ts';
import type { LoadBalancerTree } from '#core/domain/load-balancer-tree.ts';
import type { FlowInputs, FlowName } from '#core/queue/flows.ts';
import { Faults } from '#drivers/noop/faults.ts';
import { createTestDatabase, type TestDatabase } from '../../tests/testing/servers.ts';
import type { Flow } from '../engine/flow.ts';
import { failingAt, runningTwice } from '../testing/altered-flows.ts';
import { inputFor, markFor } from '../testing/as-the-api.ts';
import {
  impatientClock,
  memoryCloud,
  type NoopCloud,
  noopWorld,
  silentLogger,
} from '../testing/noop-world.ts';
import { type Family, insertFamily, newFamily } from '../testing/rows.ts';
import { runOnce } from '../testing/run-once.ts';
import type { World } from '../world.ts';
import { FLOWS } from './all-flows.ts';

let test_: TestDatabase;
let cloud: NoopCloud;
let world: World;
let family: Family;

beforeAll(async () => {
  test_ = await createTestDatabase();
});
afterAll(() => test_.close());

beforeEach(async () => {
  cloud = memoryCloud();
  world = noopWorld({
    database: test_.database,
    cloud,
    faults: new Faults(),
    clock: impatientClock,
    logger: silentLogger,
  });
  family = newFamily();
  await transaction(test_.database, (tx) => insertFamily(tx, family, 'PENDING_CREATE'));
});

const NAMES = Object.keys(FLOWS) as FlowName[];
const OF_LOAD_BALANCER = new Set<FlowName>([
  'load-balancer-create',
  'load-balancer-update',
  'load-balancer-delete',
  'load-balancer-failover',
  'amphora-failover',
]);

async function tree(): Promise<LoadBalancerTree> {
  const found = await findLoadBalancerTree(test_.database, family.loadBalancerId);
  if (found === null) throw new Error('the load balancer is gone');
  return found;
}

/** Creates the load balancer, unless that is the flow in question, and marks what the API would mark. */
async function begin(name: FlowName): Promise<FlowInputs[FlowName]> {
  if (name !== 'load-balancer-create') await run('load-balancer-create');
  await transaction(test_.database, (tx) => markFor(tx, name, family));
  const living = (await tree()).amphorae.find((amphora) => amphora.status === 'ALLOCATED');
  if (name === 'amphora-delete')
    await test_.database.query(`update amphora set status = 'PENDING_DELETE' where id = $1`, [
      living?.id,
    ]);
  return inputFor(family, living?.id ?? '');
}

async function run(name: FlowName): Promise<void> {
  const living = (await tree()).amphorae.find((amphora) => amphora.status === 'ALLOCATED');
  const input = inputFor(family, living?.id ?? '');
  await runOnce(FLOWS[name] as Flow<FlowName, World>, input, world);
}

function statusesOf(found: LoadBalancerTree): Record<string, string> {
  const pool = found.pools[0];
  const all = {
    loadBalancer: found,
    listener: found.listeners[0],
    pool,
    member: pool?.members[0],
    healthMonitor: pool?.healthMonitor ?? undefined,
    l7Policy: found.listeners[0]?.l7Policies[0],
    l7Rule: found.listeners[0]?.l7Policies[0]?.rules[0],
  };
  const known = Object.entries(all).filter(([, object]) => object !== undefined);
  return Object.fromEntries(
    known.map(([noun, object]) => [noun, object?.provisioningStatus ?? '']),
  );
}

async function expectNoOrphans(): Promise<void> {
  const rows = (await tree()).amphorae.filter((amphora) => amphora.status !== 'DELETED');
  const machines = await cloud.machines.all();
  const known = rows.map((amphora) => amphora.id);
  expect(machines.filter((machine) => !known.includes(machine.amphoraId))).toEqual([]);
  const devices = machines.map((machine) => machine.computeId);
  const ports = await cloud.ports.all();
  expect(ports.filter((port) => !devices.includes(port.deviceId))).toEqual([]);
}

async function expectNothingLeft(): Promise<void> {
  expect(await cloud.machines.all()).toEqual([]);
  expect(await cloud.ports.all()).toEqual([]);
  expect(await cloud.vipPorts.all()).toEqual([]);
  const quota = await test_.database.query('select * from quota where project_id = $1', [
    family.projectId,
  ]);
  expect(quota.rows[0]).toMatchObject({
    load_balancer_in_use: 0,
    listener_in_use: 0,
    pool_in_use: 0,
    member_in_use: 0,
    health_monitor_in_use: 0,
    l7_policy_in_use: 0,
    l7_rule_in_use: 0,
  });
}

describe.each(NAMES)('%s', (name) => {
  test('leaves everything ACTIVE or gone when it succeeds', async () => {
    const input = await begin(name);
    await runOnce(FLOWS[name] as Flow<FlowName, World>, input, world);
    const found = await tree();
    const statuses = new Set(Object.values(statusesOf(found)));
    const isDeletion = name === 'load-balancer-delete';
    expect([...statuses]).toEqual([isDeletion ? 'DELETED' : 'ACTIVE']);
    if (isDeletion) await expectNothingLeft();
    await expectNoOrphans();
    const noun = {
      'listener-delete': 'listener',
      'pool-delete': 'pool',
      'member-delete': 'member',
      'health-monitor-delete': 'healthMonitor',
      'l7-policy-delete': 'l7Policy',
      'l7-rule-delete': 'l7Rule',
    }[name as string];
    if (noun) expect(statusesOf(found)).not.toHaveProperty(noun);
  });

  test('comes to the same end when every step runs twice', async () => {
    const input = await begin(name);
    await runOnce(runningTwice(name), input, world);
    const isDeletion = name === 'load-balancer-delete';
    const expected = isDeletion ? 'DELETED' : 'ACTIVE';
    expect(new Set(Object.values(statusesOf(await tree())))).toEqual(new Set([expected]));
    if (isDeletion) return expectNothingLeft();
    await expectNoOrphans();
    expect(await cloud.machines.all()).toHaveLength(name === 'amphora-delete' ? 0 : 1);
    await transaction(test_.database, (tx) => markFor(tx, 'load-balancer-delete', family));
    await run('load-balancer-delete');
    await expectNothingLeft();
  });

  const failures = FLOWS[name].steps.flatMap((step, index) =>
    (['before', 'after'] as const).map((when) => ({ step: step.name, index, when })),
  );
  test.each(failures)(
    'failing $when $step leaves no pending status and no orphan, and can be mended',
    async ({ index, when }) => {
      const input = await begin(name);
      await expect(runOnce(failingAt(name, index, when), input, world)).rejects.toThrow(
        'as planned',
      );

      const found = await tree();
      const statuses = statusesOf(found);
      expect(Object.values(statuses).filter((status) => status.startsWith('PENDING'))).toEqual([]);
      const amphoraStatuses = found.amphorae.map((amphora) => amphora.status);
      expect(amphoraStatuses.filter((status) => !/ALLOCATED|ERROR|DELETED/.test(status))).toEqual(
        [],
      );
      const isGone = statuses['loadBalancer'] === 'DELETED';
      if (!isGone) {
        expect(statuses['loadBalancer']).toBe(OF_LOAD_BALANCER.has(name) ? 'ERROR' : 'ACTIVE');
        if (name !== 'load-balancer-delete') await expectNoOrphans();
        if (name === 'load-balancer-create') expect(await cloud.machines.all()).toEqual([]);
        if (name !== 'load-balancer-delete') {
          await transaction(test_.database, (tx) => markFor(tx, 'load-balancer-failover', family));
          await run('load-balancer-failover');
          expect(new Set(Object.values(statusesOf(await tree())))).toEqual(new Set(['ACTIVE']));
          await expectNoOrphans();
        }
        await transaction(test_.database, (tx) => markFor(tx, 'load-balancer-delete', family));
        await run('load-balancer-delete');
      }
      await expectNothingLeft();
    },
  );
});

test('of a failed operation on one object only that object is in ERROR', async () => {
  for (const [name, noun] of [
    ['listener-update', 'listener'],
    ['pool-update', 'pool'],
    ['member-create', 'member'],
    ['member-batch-update', 'member'],
    ['health-monitor-delete', 'healthMonitor'],
    ['l7-policy-update', 'l7Policy'],
    ['l7-rule-create', 'l7Rule'],
  ] as const) {
    family = newFamily();
    await transaction(test_.database, (tx) => insertFamily(tx, family, 'PENDING_CREATE'));
    const input = await begin(name);
    const push = FLOWS[name].steps.findIndex((step) => step.name === 'push-configuration');
    await expect(runOnce(failingAt(name, push, 'before'), input, world)).rejects.toThrow();
    const { [noun]: concerned, ...others } = statusesOf(await tree());
    expect([noun, concerned]).toEqual([noun, 'ERROR']);
    expect(new Set(Object.values(others))).toEqual(new Set(['ACTIVE']));
  }
});
