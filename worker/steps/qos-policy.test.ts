import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Topology } from '#core/domain/load-balancer.ts';
import { createTestDatabase, type TestDatabase } from '../../tests/testing/servers.ts';
import { loadBalancerUpdate } from '../flows/load-balancer-update.ts';
import { runOnce } from '../testing/run-once.ts';
import { newScenario, request, run, type Scenario, storedTree } from '../testing/scenario.ts';

let test_: TestDatabase;
beforeAll(async () => {
  test_ = await createTestDatabase();
});
afterAll(() => test_.close());

async function setPolicy({ family }: Scenario, policyId: string | null): Promise<void> {
  await test_.database.query('update load_balancer set vip_qos_policy_id = $2 where id = $1', [
    family.loadBalancerId,
    policyId,
  ]);
}

async function builtWith(policyId: string | null, topology: Topology): Promise<Scenario> {
  const scenario = await newScenario(test_.database, { topology });
  await setPolicy(scenario, policyId);
  await run(scenario, 'load-balancer-create');
  return scenario;
}

/** What the ports on the VIP network obey, by amphora. */
async function obeyed({ cloud }: Scenario): Promise<Readonly<Record<string, string | null>>> {
  const vrrpPorts = (await cloud.ports.all()).filter(({ name }) => name.includes('-vrrp-'));
  return Object.fromEntries(vrrpPorts.map(({ name, qosPolicyId }) => [name, qosPolicyId]));
}

async function expectAllObey(scenario: Scenario, policyId: string | null): Promise<string[]> {
  const ports = await obeyed(scenario);
  const size = scenario.family.topology === Topology.Single ? 1 : 2;
  expect(Object.values(ports)).toEqual(Array.from({ length: size }, () => policyId));
  return Object.keys(ports);
}

test.each(Object.values(Topology))(
  'the amphorae of a %s load balancer have its QoS policy, and so has what takes their place',
  async (topology) => {
    const policyId = randomUUID();
    const scenario = await builtWith(policyId, topology);
    const first = await expectAllObey(scenario, policyId);
    await request(scenario, 'amphora-failover');
    const second = await expectAllObey(scenario, policyId);
    expect(second).not.toEqual(first);
    await request(scenario, 'load-balancer-failover');
    const third = await expectAllObey(scenario, policyId);
    expect(third.filter((name) => second.includes(name))).toEqual([]);
    expect((await storedTree(scenario)).vip.qosPolicyId).toBe(policyId);
  },
);

test('an update gives all amphorae in place the QoS policy that is stored, another one, and none', async () => {
  const scenario = await builtWith(null, Topology.ActiveStandby);
  await expectAllObey(scenario, null);
  for (const policyId of [randomUUID(), randomUUID(), null]) {
    await setPolicy(scenario, policyId);
    await request(scenario, 'load-balancer-update');
    await expectAllObey(scenario, policyId);
    expect((await storedTree(scenario)).provisioningStatus).toBe('ACTIVE');
  }
});

test('an update after a failover asks nothing of the ports that went with it', async () => {
  const scenario = await builtWith(randomUUID(), Topology.Single);
  await request(scenario, 'load-balancer-failover');
  const living = new Set((await scenario.cloud.ports.all()).map(({ id }) => id));
  const { network } = scenario.world;
  const asked: string[] = [];
  const world = {
    ...scenario.world,
    network: {
      ...network,
      async applyQosPolicy(portId: string, policyId: string | null) {
        asked.push(portId);
        await network.applyQosPolicy?.(portId, policyId);
      },
    },
  };
  await request({ ...scenario, world }, 'load-balancer-update');
  expect(asked).toHaveLength(1);
  expect(asked.filter((id) => !living.has(id))).toEqual([]);
});

test.each([
  { isPortOnly: true, uploads: 0 },
  { isPortOnly: false, uploads: 2 },
])(
  'an update gives the amphorae their configuration anew unless it is of the VIP’s port alone: %o',
  async ({ isPortOnly, uploads }) => {
    const scenario = await builtWith(null, Topology.ActiveStandby);
    const { faults, world } = scenario;
    const { loadBalancerId } = scenario.family;
    const before = faults.callsOf('amphora.applyLoadBalancer');
    await runOnce(loadBalancerUpdate, { loadBalancerId, isPortOnly }, world);
    expect(faults.callsOf('amphora.applyLoadBalancer') - before).toBe(uploads);
    expect(faults.callsOf('network.applyQosPolicy')).toBe(2);
  },
);
