import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { l7Policies } from '#core/db/repositories/l7-policy.ts';
import { listeners } from '#core/db/repositories/listener.ts';
import { loadBalancers } from '#core/db/repositories/load-balancer.ts';
import { members } from '#core/db/repositories/member.ts';
import { pools } from '#core/db/repositories/pool.ts';
import { transaction } from '#core/db/transaction.ts';
import type { ProviderCall } from '#core/ports/provider.ts';
import { noopNetwork } from '#drivers/noop/network.ts';
import { createTestDatabase, type TestDatabase } from '../../tests/testing/servers.ts';
import { insertFamily, newFamily } from '../../worker/testing/rows.ts';
import { amphoraProvider } from './provider.ts';

const provider = amphoraProvider({ name: 'amphora', network: noopNetwork() });
let test_: TestDatabase;

beforeAll(async () => {
  test_ = await createTestDatabase();
});
afterAll(() => test_.close());

async function calling(work: (call: ProviderCall) => Promise<unknown>): Promise<void> {
  await transaction(test_.database, async (tx) => {
    await work({ tx, requestId: 'req-7' });
  });
}

test('an operation becomes a flow that knows the ids and who asked, and nothing else', async () => {
  const family = newFamily();
  await transaction(test_.database, (tx) => insertFamily(tx, family, 'ACTIVE'));
  const pool = await pools.find(test_.database, family.poolId);
  const member = await members.find(test_.database, family.memberId);
  if (!pool || !member) throw new Error('the rows were not stored');
  await calling(async (call) => provider.memberCreate?.(member, pool, call));
  const stored = await test_.database.query(
    `select name, given.inputs::jsonb -> 'positionalArgs' as arguments
     from dbos.workflow_status join dbos.workflow_input given using (workflow_uuid) where deduplication_id = $1`,
    [family.loadBalancerId],
  );
  const { loadBalancerId, poolId, memberId } = family;
  expect(stored.rows).toEqual([
    {
      name: 'member-create',
      arguments: [{ loadBalancerId, poolId, memberId }, { requestId: 'req-7' }],
    },
  ]);
});

test('an update of the VIP’s port alone is one to the flow, and any other is not', async () => {
  const isPortOnly: unknown[] = [];
  for (const others of [{}, { isEnabled: false }]) {
    const family = newFamily();
    await transaction(test_.database, (tx) => insertFamily(tx, family, 'ACTIVE'));
    const loadBalancer = await loadBalancers.find(test_.database, family.loadBalancerId);
    if (!loadBalancer) throw new Error('the row was not stored');
    const changes = { vip: loadBalancer.vip, ...others };
    await calling(async (call) => provider.loadBalancerUpdate?.(loadBalancer, changes, call));
    const stored = await test_.database.query(
      `select given.inputs::jsonb -> 'positionalArgs' -> 0 -> 'isPortOnly' as "isPortOnly"
       from dbos.workflow_status join dbos.workflow_input given using (workflow_uuid) where deduplication_id = $1`,
      [family.loadBalancerId],
    );
    isPortOnly.push(...stored.rows.map((row) => row['isPortOnly']));
  }
  expect(isPortOnly).toEqual([true, false]);
});

/** Creates an IPv6 member in a pool of this protocol, under a load balancer whose VIP is IPv4. */
async function createIpv6Member(protocol: 'UDP' | 'TCP', isPoolUsed: boolean): Promise<void> {
  const family = newFamily();
  await transaction(test_.database, async (tx) => {
    await insertFamily(tx, family, 'ACTIVE');
    const loadBalancer = await loadBalancers.find(tx, family.loadBalancerId);
    if (!loadBalancer) throw new Error('the row was not stored');
    const vip = { ...loadBalancer.vip, address: '192.0.2.7' };
    await loadBalancers.update(tx, family.loadBalancerId, { vip });
    if (!isPoolUsed) await listeners.update(tx, family.listenerId, { defaultPoolId: null });
  });
  const pool = await pools.find(test_.database, family.poolId);
  const member = await members.find(test_.database, family.memberId);
  if (!pool || !member) throw new Error('the rows were not stored');
  const ipv6 = { ...member, address: '2001:db8::1' };
  await calling(async (call) => provider.memberCreate?.(ipv6, { ...pool, protocol }, call));
}

test('an IPv6 member behind an IPv4 VIP is refused in a UDP pool, and taken in a TCP pool', async () => {
  await expect(createIpv6Member('UDP', true)).rejects.toMatchObject({
    code: 'provider-unsupported-option',
    message:
      "This provider doesn't support mixing IPv4 and IPv6 addresses for its VIP and members in UDP load balancers.",
  });
  await expect(createIpv6Member('TCP', true)).resolves.toBeUndefined();
});

test('as long as no listener uses a UDP pool its members may have any address', async () => {
  await expect(createIpv6Member('UDP', false)).resolves.toBeUndefined();
});

test('application protocols that HAProxy cannot negotiate are refused by name', async () => {
  const family = newFamily();
  await transaction(test_.database, (tx) => insertFamily(tx, family, 'ACTIVE'));
  const pool = await pools.find(test_.database, family.poolId);
  if (!pool) throw new Error('the row was not stored');
  const update = calling(async (call) =>
    provider.poolUpdate?.(pool, { alpnProtocols: ['h2', 'spdy/1'] }, call),
  );
  await expect(update).rejects.toMatchObject({
    code: 'provider-unsupported-option',
    message:
      'Amphora provider does not support spdy/1 ALPN protocol(s). Supported: h2, http/1.1, http/1.0',
  });
});

test('L7 policies are refused on listeners whose requests HAProxy does not read', async () => {
  const family = newFamily();
  await transaction(test_.database, (tx) => insertFamily(tx, family, 'ACTIVE'));
  const listener = await listeners.find(test_.database, family.listenerId);
  const policy = await l7Policies.find(test_.database, family.l7PolicyId);
  if (!listener || !policy) throw new Error('the rows were not stored');
  for (const protocol of ['TCP', 'HTTPS', 'UDP', 'SCTP', 'PROMETHEUS'] as const)
    await expect(
      calling(async (call) => provider.l7PolicyCreate?.(policy, { ...listener, protocol }, call)),
    ).rejects.toMatchObject({
      code: 'provider-unsupported-option',
      message: `${protocol} protocol listeners do not support L7 policies`,
    });
  const terminated = { ...listener, protocol: 'TERMINATED_HTTPS' as const };
  await calling(async (call) => provider.l7PolicyCreate?.(policy, terminated, call));
});

test('the VIP port is made by the network driver, before there is a load balancer', async () => {
  const vip = {
    address: null,
    subnetId: null,
    networkId: null,
    portId: null,
    qosPolicyId: null,
    securityGroupIds: [],
    vnicType: 'normal' as const,
    isOctaviaOwned: false,
  };
  const made = await provider.createVipPort?.(randomUUID(), 'project', vip, []);
  expect(made?.vip).toMatchObject({ address: '198.0.2.5', isOctaviaOwned: true });
  expect(made?.vip.portId).toMatch(/^[0-9a-f-]{36}$/);
});

test('a member that wants an SR-IOV port is refused: amphorae have none yet', async () => {
  const family = newFamily();
  await transaction(test_.database, (tx) => insertFamily(tx, family, 'ACTIVE'));
  const pool = await pools.find(test_.database, family.poolId);
  const member = await members.find(test_.database, family.memberId);
  if (!pool || !member) throw new Error('the rows were not stored');
  const direct = { ...member, vnicType: 'direct' as const };
  for (const create of [
    (call: ProviderCall) => provider.memberCreate?.(direct, pool, call),
    (call: ProviderCall) => provider.memberBatchUpdate?.(pool, [member, direct], call),
  ])
    await expect(calling(async (call) => create(call))).rejects.toMatchObject({
      code: 'provider-unsupported-option',
      message: expect.stringContaining('does not support request_sriov yet'),
    });
});
