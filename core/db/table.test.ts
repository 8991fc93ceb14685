import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../tests/testing/servers.ts';
import { amphorae } from './repositories/amphora.ts';
import { healthMonitors } from './repositories/health-monitor.ts';
import { l7Policies, l7PolicyRows } from './repositories/l7-policy.ts';
import { l7Rules } from './repositories/l7-rule.ts';
import { listeners } from './repositories/listener.ts';
import { loadBalancerRows, loadBalancers } from './repositories/load-balancer.ts';
import { findLoadBalancerTree } from './repositories/load-balancer-tree.ts';
import { members } from './repositories/member.ts';
import { pools } from './repositories/pool.ts';
import {
  aHealthMonitor,
  aListener,
  aLoadBalancer,
  aMember,
  anAmphora,
  anL7Policy,
  anL7Rule,
  aPool,
} from './testing/nouns.ts';
import { transaction } from './transaction.ts';

let own: TestDatabase;
const loadBalancer = aLoadBalancer();
const pool = aPool(loadBalancer.id);
const listener = aListener(loadBalancer.id, { defaultPoolId: pool.id });
const member = aMember(pool.id);
const healthMonitor = aHealthMonitor(pool.id);
const policy = anL7Policy(listener.id, { redirectPoolId: pool.id });
const rule = anL7Rule(policy.id);
const amphora = anAmphora({ loadBalancerId: loadBalancer.id });
beforeAll(async () => {
  own = await createTestDatabase();
  await transaction(own.database, async (tx) => {
    await loadBalancers.insert(tx, loadBalancer);
    await pools.insert(tx, pool);
    await listeners.insert(tx, listener);
    await members.insert(tx, member);
    await healthMonitors.insert(tx, healthMonitor);
    await l7Policies.insert(tx, policy);
    await l7Rules.insert(tx, rule);
    await amphorae.insert(tx, amphora);
  });
});
afterAll(() => own.close());

test('every noun comes back from the database as it went in', async () => {
  const db = own.database;
  expect(await loadBalancers.find(db, loadBalancer.id)).toEqual(loadBalancer);
  expect(await pools.find(db, pool.id)).toEqual(pool);
  expect(await listeners.find(db, listener.id)).toEqual(listener);
  expect(await members.find(db, member.id)).toEqual(member);
  expect(await healthMonitors.find(db, healthMonitor.id)).toEqual(healthMonitor);
  expect(await l7Policies.find(db, policy.id)).toEqual(policy);
  expect(await l7Rules.find(db, rule.id)).toEqual(rule);
  expect(await amphorae.find(db, amphora.id)).toEqual(amphora);
});

test('what may be empty comes back empty, not as something else', async () => {
  const bareListener = aListener(loadBalancer.id, {
    protocolPort: 80,
    name: null,
    connectionLimit: null,
    sniContainerRefs: [],
    insertHeaders: {},
    allowedCidrs: [],
    tlsVersions: null,
    alpnProtocols: [],
    tags: [],
  });
  const barePool = aPool(loadBalancer.id, { sessionPersistence: null, tlsVersions: null });
  const bareAmphora = anAmphora({
    status: 'BOOTING',
    role: null,
    computeId: null,
    vrrpPortId: null,
    certExpiration: null,
  });
  await transaction(own.database, async (tx) => {
    await listeners.insert(tx, bareListener);
    await pools.insert(tx, barePool);
    await amphorae.insert(tx, bareAmphora);
  });
  expect(await listeners.find(own.database, bareListener.id)).toEqual(bareListener);
  expect(await pools.find(own.database, barePool.id)).toEqual(barePool);
  expect(await amphorae.find(own.database, bareAmphora.id)).toEqual(bareAmphora);
});

test('text that looks like SQL, JSON or an array is only text', async () => {
  const name = `'); drop table member; -- {"a":[1]} {x,y} \\ " \u{1f600}`;
  const odd = aMember(pool.id, { address: '10.0.0.77', name, tags: [name, ''] });
  await transaction(own.database, (tx) => members.insert(tx, odd));
  expect(await members.find(own.database, odd.id)).toEqual(odd);
});

test('an update writes what it names and its own time, and nothing else', async () => {
  const changed = { name: 'new', weight: null, tags: ['c'] };
  const isThere = await transaction(own.database, (tx) => members.update(tx, member.id, changed));
  expect(isThere).toBe(true);
  const found = await members.find(own.database, member.id);
  expect(found).toEqual({ ...member, ...changed, updatedAt: expect.any(Date) });
  expect(found?.updatedAt?.getMilliseconds()).toBe(0);
});

test('an update of nothing says whether the row is there and leaves its time', async () => {
  const update = (id: string) => transaction(own.database, (tx) => pools.update(tx, id, {}));
  expect(await update(pool.id)).toBe(true);
  expect(await update(randomUUID())).toBe(false);
  expect(await pools.find(own.database, pool.id)).toMatchObject({ updatedAt: null });
});

test('a given VIP replaces the whole VIP', async () => {
  const other = aLoadBalancer();
  const vip = { ...aLoadBalancer().vip, qosPolicyId: null, securityGroupIds: [] };
  await transaction(own.database, async (tx) => {
    await loadBalancers.insert(tx, other);
    await loadBalancers.update(tx, other.id, { vip });
  });
  expect(await loadBalancers.find(own.database, other.id)).toMatchObject({ vip, name: 'web' });
});

test.each([
  ['load balancer', loadBalancerRows],
  ['listener', listeners],
  ['pool', pools],
  ['member', members],
  ['health monitor', healthMonitors],
  ['L7 policy', l7PolicyRows],
  ['L7 rule', l7Rules],
  ['amphora', amphorae],
])('an unknown %s is null, and cannot be updated or deleted', async (_noun, table) => {
  const id = randomUUID();
  expect(await table.find(own.database, id)).toBeNull();
  await transaction(own.database, async (tx) => {
    expect(await table.delete(tx, id)).toBe(false);
    expect(await table.update(tx, id, {})).toBe(false);
  });
});

test('rows of a parent come in the order of their creation', async () => {
  const parent = aPool(loadBalancer.id);
  const at = (second: number, address: string) =>
    aMember(parent.id, { address, createdAt: new Date(Date.UTC(2026, 0, 1, 0, 0, second)) });
  await transaction(own.database, async (tx) => {
    await pools.insert(tx, parent);
    for (const one of [at(3, 'c'), at(1, 'a'), at(2, 'b')]) await members.insert(tx, one);
  });
  const found = await members.findBy(own.database, 'poolId', parent.id);
  expect(found.map((one) => one.address)).toEqual(['a', 'b', 'c']);
});

test('a load balancer and all below it is read as one tree', async () => {
  const tree = await findLoadBalancerTree(own.database, loadBalancer.id);
  const ownPool = tree?.pools.find((one) => one.id === pool.id);
  expect(tree?.listeners.find((one) => one.id === listener.id)).toMatchObject({
    l7Policies: [{ ...policy, rules: [rule] }],
  });
  expect(ownPool?.healthMonitor).toEqual(healthMonitor);
  expect(ownPool?.members.map((one) => one.id)).toContain(member.id);
  expect(tree?.amphorae).toEqual([amphora]);
  expect(await findLoadBalancerTree(own.database, randomUUID())).toBeNull();
});
