import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openDatabase } from '#core/db/pool.ts';
import { healthMonitors } from '#core/db/repositories/health-monitor.ts';
import { l7Policies } from '#core/db/repositories/l7-policy.ts';
import { l7Rules } from '#core/db/repositories/l7-rule.ts';
import { listeners } from '#core/db/repositories/listener.ts';
import { loadBalancers } from '#core/db/repositories/load-balancer.ts';
import { members } from '#core/db/repositories/member.ts';
import { pools } from '#core/db/repositories/pool.ts';
import {
  aHealthMonitor,
  aListener,
  aLoadBalancer,
  aMember,
  anL7Policy,
  anL7Rule,
  aPool,
} from '#core/db/testing/nouns.ts';
import { transaction } from '#core/db/transaction.ts';
import type { LoadBalancer } from '#core/domain/load-balancer.ts';
import type { Logger } from '#core/ports/logger.ts';
import { Faults } from '#drivers/noop/faults.ts';
import { noopNetwork } from '#drivers/noop/network.ts';
import { memoryStore } from '#drivers/noop/store.ts';
import { createTestDatabase, type TestDatabase } from '../tests/testing/servers.ts';
import { updateStatuses } from './status-update.ts';

let own: TestDatabase;
let warned: string[] = [];
const logger: Logger = {
  debug() {},
  info() {},
  warn: (_fields, message) => void warned.push(message),
  error() {},
  child: () => logger,
};
const vipPorts = memoryStore<string>();
const faults = new Faults();
const network = noopNetwork({ vipPorts, faults });

beforeAll(async () => {
  own = await createTestDatabase();
});
afterAll(() => own.close());
beforeEach(async () => {
  warned = [];
  await own.database.query('delete from load_balancer; delete from quota');
  await own.database.query(
    `insert into quota (project_id, load_balancer_in_use, listener_in_use, pool_in_use, member_in_use, health_monitor_in_use,
       l7_policy_in_use, l7_rule_in_use)
     values ('project', 10, 10, 10, 10, 10, 10, 10)`,
  );
});

const report = (update: unknown) =>
  updateStatuses({ database: own.database, network, logger }, update);

async function aTree() {
  const loadBalancer = aLoadBalancer({ provisioningStatus: 'PENDING_CREATE' });
  const pool = aPool(loadBalancer.id);
  const listener = aListener(loadBalancer.id, { defaultPoolId: pool.id });
  const own_ = [aMember(pool.id), aMember(pool.id, { address: '10.0.0.22' })];
  const healthMonitor = aHealthMonitor(pool.id);
  const policies = [anL7Policy(listener.id), anL7Policy(listener.id, { position: 2 })];
  const rules = [anL7Rule(policies[0]?.id ?? ''), anL7Rule(policies[0]?.id ?? '')];
  await transaction(own.database, async (tx) => {
    await loadBalancers.insert(tx, loadBalancer);
    await pools.insert(tx, pool);
    await listeners.insert(tx, listener);
    for (const member of own_) await members.insert(tx, member);
    await healthMonitors.insert(tx, healthMonitor);
    for (const policy of policies) await l7Policies.insert(tx, policy);
    for (const rule of rules) await l7Rules.insert(tx, rule);
  });
  return { loadBalancer, pool, listener, members: own_, healthMonitor, policies, rules };
}

async function inUse(): Promise<unknown> {
  const { rows } = await own.database.query(
    `select load_balancer_in_use as "loadBalancers", listener_in_use as listeners, pool_in_use as pools,
       member_in_use as members, health_monitor_in_use as "healthMonitors",
       l7_policy_in_use as policies, l7_rule_in_use as rules from quota`,
  );
  return rows[0];
}
const statusOf = async (loadBalancer: LoadBalancer) =>
  (await loadBalancers.find(own.database, loadBalancer.id))?.provisioningStatus;

test('a provider moves each kind of object to the statuses that it reports', async () => {
  const tree = await aTree();
  const statuses = { provisioning_status: 'ACTIVE', operating_status: 'DEGRADED' };
  const answer = await report({
    loadbalancers: [{ id: tree.loadBalancer.id, ...statuses }],
    listeners: [{ id: tree.listener.id, ...statuses }],
    pools: [{ id: tree.pool.id, ...statuses }],
    healthmonitors: [{ id: tree.healthMonitor.id, ...statuses }],
    members: [{ id: tree.members[0]?.id, ...statuses }],
    l7policies: [{ id: tree.policies[0]?.id, ...statuses }],
    l7rules: [{ id: tree.rules[0]?.id, ...statuses }],
  });
  expect(answer).toEqual({ status_code: 200 });
  const expected = { provisioningStatus: 'ACTIVE', operatingStatus: 'DEGRADED' };
  const db = own.database;
  expect(await loadBalancers.find(db, tree.loadBalancer.id)).toMatchObject(expected);
  expect(await listeners.find(db, tree.listener.id)).toMatchObject(expected);
  expect(await pools.find(db, tree.pool.id)).toMatchObject(expected);
  expect(await healthMonitors.find(db, tree.healthMonitor.id)).toMatchObject(expected);
  expect(await members.find(db, tree.members[0]?.id ?? '')).toMatchObject(expected);
  expect(await l7Policies.find(db, tree.policies[0]?.id ?? '')).toMatchObject(expected);
  expect(await l7Rules.find(db, tree.rules[0]?.id ?? '')).toMatchObject(expected);
});

test('a status that is not reported stays as it was', async () => {
  const { loadBalancer } = await aTree();
  await report({ loadbalancers: [{ id: loadBalancer.id, operating_status: 'ERROR' }] });
  expect(await loadBalancers.find(own.database, loadBalancer.id)).toMatchObject({
    provisioningStatus: 'PENDING_CREATE',
    operatingStatus: 'ERROR',
  });
});

test('a deleted member is gone and its quota is given back, once', async () => {
  const tree = await aTree();
  const deletion = { members: [{ id: tree.members[0]?.id, provisioning_status: 'DELETED' }] };
  expect(await report(deletion)).toEqual({ status_code: 200 });
  expect(await report(deletion)).toEqual({ status_code: 200 });
  expect(await members.findBy(own.database, 'poolId', tree.pool.id)).toHaveLength(1);
  expect(await inUse()).toMatchObject({ members: 9 });
});

test('a deleted L7 policy takes its rules along, and the next one moves up', async () => {
  const { policies, rules } = await aTree();
  const [first, second] = policies;
  await report({ l7rules: [{ id: rules[0]?.id, provisioning_status: 'DELETED' }] });
  expect(await inUse()).toMatchObject({ policies: 10, rules: 9 });
  await report({ l7policies: [{ id: first?.id, provisioning_status: 'DELETED' }] });
  expect(await inUse()).toMatchObject({ policies: 9, rules: 8 });
  expect(await l7Policies.find(own.database, second?.id ?? '')).toMatchObject({ position: 1 });
});

test('a deleted listener gives back the quota of its L7 policies and their rules', async () => {
  const { listener } = await aTree();
  await report({ listeners: [{ id: listener.id, provisioning_status: 'DELETED' }] });
  expect(await inUse()).toMatchObject({ listeners: 9, policies: 8, rules: 8, pools: 10 });
});

test('a deleted pool gives back the quota of what goes with it', async () => {
  const tree = await aTree();
  await report({ pools: [{ id: tree.pool.id, provisioning_status: 'DELETED' }] });
  expect(await inUse()).toEqual({
    loadBalancers: 10,
    listeners: 10,
    pools: 9,
    members: 8,
    healthMonitors: 9,
    policies: 10,
    rules: 10,
  });
  expect(await listeners.find(own.database, tree.listener.id)).toMatchObject({
    defaultPoolId: null,
  });
});

test('a deleted load balancer stays as DELETED, without VIP port, children and quota', async () => {
  const tree = await aTree();
  await vipPorts.put(tree.loadBalancer.id, 'port');
  const deletion = {
    loadbalancers: [{ id: tree.loadBalancer.id, provisioning_status: 'DELETED' }],
  };
  expect(await report(deletion)).toEqual({ status_code: 200 });
  expect(await report(deletion)).toEqual({ status_code: 200 });
  expect(await statusOf(tree.loadBalancer)).toBe('DELETED');
  expect(await vipPorts.get(tree.loadBalancer.id)).toBeNull();
  expect(await pools.find(own.database, tree.pool.id)).toBeNull();
  expect(await inUse()).toEqual({
    loadBalancers: 9,
    listeners: 9,
    pools: 9,
    members: 8,
    healthMonitors: 9,
    policies: 8,
    rules: 8,
  });
});

test('a VIP port that the user brought is left alone', async () => {
  const { vip } = aLoadBalancer();
  const loadBalancer = aLoadBalancer({ vip: { ...vip, isOctaviaOwned: false } });
  await transaction(own.database, (tx) => loadBalancers.insert(tx, loadBalancer));
  await vipPorts.put(loadBalancer.id, 'port');
  await report({ loadbalancers: [{ id: loadBalancer.id, provisioning_status: 'DELETED' }] });
  expect(await vipPorts.get(loadBalancer.id)).toBe('port');
});

test('when the VIP cannot be given back the load balancer is not deleted, and the provider is told', async () => {
  const { loadBalancer } = await aTree();
  const next = faults.callsOf('network.deallocateVip') + 1;
  faults.plan('network.deallocateVip', { kind: 'fail', retryable: true, times: 1 }, next);
  const answer = await report({
    loadbalancers: [{ id: loadBalancer.id, provisioning_status: 'DELETED' }],
  });
  expect(answer).toMatchObject({
    status_code: 500,
    status_object: 'loadbalancers',
    status_object_id: loadBalancer.id,
  });
  expect(await statusOf(loadBalancer)).toBe('PENDING_CREATE');
});

test('a late report does not bring a deleted load balancer back', async () => {
  const loadBalancer = aLoadBalancer({ provisioningStatus: 'DELETED' });
  await transaction(own.database, (tx) => loadBalancers.insert(tx, loadBalancer));
  const late = { loadbalancers: [{ id: loadBalancer.id, provisioning_status: 'ACTIVE' }] };
  expect(await report(late)).toEqual({ status_code: 200 });
  expect(await statusOf(loadBalancer)).toBe('DELETED');
});

test('children are written before their parents, whatever the order of the report', async () => {
  const tree = await aTree();
  const answer = await report({
    loadbalancers: [{ id: tree.loadBalancer.id, provisioning_status: 'DELETED' }],
    pools: [{ id: tree.pool.id, provisioning_status: 'WRONG' }],
  });
  expect(answer).toMatchObject({ status_code: 500, status_object: 'pools' });
  expect(await statusOf(tree.loadBalancer)).toBe('PENDING_CREATE');
});

test('the first bad record ends the update, names itself, and those before it stay', async () => {
  const tree = await aTree();
  const [first, second] = tree.members;
  const answer = await report({
    members: [
      { id: first?.id, operating_status: 'ERROR' },
      { id: second?.id, operating_status: 'BROKEN' },
    ],
    pools: [{ id: tree.pool.id, operating_status: 'ERROR' }],
  });
  expect(answer).toEqual({
    status_code: 500,
    fault_string:
      'operating_status is "BROKEN"; it must be one of ONLINE, OFFLINE, DEGRADED, ERROR, DRAINING, NO_MONITOR',
    status_object: 'members',
    status_object_id: second?.id,
  });
  expect(await members.find(own.database, first?.id ?? '')).toMatchObject({
    operatingStatus: 'ERROR',
  });
  expect(await pools.find(own.database, tree.pool.id)).toMatchObject({ operatingStatus: 'ONLINE' });
});

test('objects that do not exist are passed over and said in the log', async () => {
  const id = randomUUID();
  const everything = Object.fromEntries(
    [
      'members',
      'healthmonitors',
      'pools',
      'l7rules',
      'l7policies',
      'listeners',
      'loadbalancers',
    ].map((noun) => [
      noun,
      [
        { id, provisioning_status: 'ACTIVE' },
        { id, provisioning_status: 'DELETED' },
      ],
    ]),
  );
  expect(await report(everything)).toEqual({ status_code: 200 });
  expect(warned).toHaveLength(14);
});

test.each([
  [[], 'a status update is an object of lists, by kind of object'],
  [null, 'a status update is an object of lists, by kind of object'],
  [{ pools: {} }, 'pools must be a list'],
  [{ pools: ['x'] }, 'each record must be an object with an id'],
  [{ pools: [{ operating_status: 'ONLINE' }] }, 'each record must have an id, which is a UUID'],
  [{ pools: [{ id: "'; drop table pool" }] }, 'each record must have an id, which is a UUID'],
  [
    { pools: [{ id: randomUUID(), provisioning_status: ['ACTIVE'] }] },
    'provisioning_status is ["ACTIVE"]',
  ],
])('a report of the wrong shape is refused: %j', async (update, fault) => {
  const answer = await report(update);
  expect(answer).toMatchObject({ status_code: 500 });
  expect(JSON.stringify(answer)).toContain(JSON.stringify(fault).slice(1, -1));
});

test('while PostgreSQL is away the provider is told that nothing was written, and no more', async () => {
  const nowhere = openDatabase(
    {
      connection: 'postgresql://octavia@127.0.0.1:1/x',
      poolSizeMax: 1,
      poolTimeoutMs: 2000,
      applicationName: 'nowhere',
    },
    () => {},
  );
  const answer = await updateStatuses(
    { database: nowhere, network, logger },
    { pools: [{ id: '0f2c6c7e-0000-4000-8000-000000000001', operating_status: 'ONLINE' }] },
  );
  await nowhere.end();
  expect(answer).toEqual({
    status_code: 500,
    fault_string: 'the status could not be written; see the log of the driver agent',
    status_object: 'pools',
    status_object_id: '0f2c6c7e-0000-4000-8000-000000000001',
  });
});
