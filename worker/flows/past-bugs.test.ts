import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadBalancers } from '#core/db/repositories/load-balancer.ts';
import { pools } from '#core/db/repositories/pool.ts';
import { transaction } from '#core/db/transaction.ts';
import { Topology } from '#core/domain/load-balancer.ts';
import type { CreatePort } from '#core/ports/network.ts';
import { createTestDatabase, type TestDatabase } from '../../tests/testing/servers.ts';
import { expectNothingLeft, expectWhole } from '../testing/ends.ts';
import { newScenario, request, run, type Scenario, storedTree } from '../testing/scenario.ts';

// Bugs that Octavia once shipped and that no other test of flows is about: see docs/historic-bugs.md.

const REFUSED = { kind: 'fail', retryable: false } as const;

let own: TestDatabase;
beforeAll(async () => {
  own = await createTestDatabase();
});
afterAll(() => own.close());

async function statusOf({ family }: Scenario): Promise<string | undefined> {
  return (await loadBalancers.find(own.database, family.loadBalancerId))?.provisioningStatus;
}

test.each(Object.values(Topology))(
  'what takes the place of an amphora of a %s load balancer lets in whom the old one let in',
  async (topology) => {
    const scenario = await newScenario(own.database, { topology });
    const { world, family } = scenario;
    const asked: Omit<CreatePort, 'name' | 'deviceId'>[] = [];
    const network = {
      ...world.network,
      createPort: async (port: CreatePort) => {
        const { name, deviceId: _, ...rest } = port;
        if (name.startsWith('octavia-lb-vrrp-')) asked.push(rest);
        return world.network.createPort(port);
      },
    };
    const watched = { ...scenario, world: { ...world, network } };
    const { vip } = await storedTree(scenario);
    const securityGroupIds = [randomUUID()];
    await transaction(own.database, (tx) =>
      loadBalancers.update(tx, family.loadBalancerId, { vip: { ...vip, securityGroupIds } }),
    );
    await run(watched, 'load-balancer-create');
    const before = asked.length;
    await request(watched, 'amphora-failover');
    await request(watched, 'load-balancer-failover');
    expect(asked.length).toBe(2 * before + 1);
    expect(asked[0]).toMatchObject({ securityGroupIds });
    expect(new Set(asked.map((each) => JSON.stringify(each))).size).toBe(1);
  },
);

test('a load balancer whose failover fails is nobody else’s until all is cleaned up, and then in ERROR', async () => {
  const scenario = await newScenario(own.database, { topology: Topology.ActiveStandby });
  await run(scenario, 'load-balancer-create');
  const { world, faults } = scenario;
  const seen: (string | undefined)[] = [];
  const cleanUp = async <Answer>(work: Promise<Answer>): Promise<Answer> => {
    const answer = await work;
    seen.push(await statusOf(scenario));
    return answer;
  };
  const compute = { ...world.compute, delete: (id: string) => cleanUp(world.compute.delete(id)) };
  const network = {
    ...world.network,
    deletePort: (id: string) => cleanUp(world.network.deletePort(id)),
  };
  faults.plan('amphora.plugVip', REFUSED, faults.callsOf('amphora.plugVip') + 1);
  const failing = { ...scenario, world: { ...world, compute, network } };
  await expect(request(failing, 'amphora-failover')).rejects.toThrow('as planned');
  expect(seen.length).toBeGreaterThan(1);
  expect(new Set(seen)).toEqual(new Set(['PENDING_UPDATE']));
  expect(await statusOf(scenario)).toBe('ERROR');
});

test('a load balancer goes although neither its amphorae nor the keeper of its certificates answer', async () => {
  const scenario = await newScenario(own.database, { topology: Topology.ActiveStandby });
  await run(scenario, 'load-balancer-create');
  for (const call of ['getInfo', 'applyLoadBalancer', 'applyVrrp', 'plugNetwork', 'findInterface'])
    scenario.faults.plan(`amphora.${call}`, REFUSED);
  await own.database.query(
    `update listener set protocol = 'TERMINATED_HTTPS', default_tls_container_ref = 'gone' where id = $1`,
    [scenario.family.listenerId],
  );
  await request(scenario, 'load-balancer-delete');
  await expectNothingLeft(scenario);
});

test('a pool that no listener uses is ACTIVE with the load balancer that it came with', async () => {
  const scenario = await newScenario(own.database);
  const first = await pools.find(own.database, scenario.family.poolId);
  if (first === null) throw new Error('the pool was not stored');
  const unused = { ...first, id: randomUUID() };
  await transaction(own.database, (tx) => pools.insert(tx, unused));
  await run(scenario, 'load-balancer-create');
  expect((await pools.find(own.database, unused.id))?.provisioningStatus).toBe('ACTIVE');
});

test('a load balancer that could not be built keeps the VIP that its user was shown, until it is deleted', async () => {
  const scenario = await newScenario(own.database);
  const { faults, cloud, family } = scenario;
  faults.plan('compute.build', { ...REFUSED, times: 1 });
  await expect(run(scenario, 'load-balancer-create')).rejects.toThrow('as planned');
  const { vip } = await storedTree(scenario);
  expect(await statusOf(scenario)).toBe('ERROR');
  expect(await cloud.vipPorts.get(family.loadBalancerId)).toBe(vip.portId);
  await request(scenario, 'load-balancer-failover');
  expect((await storedTree(scenario)).vip).toEqual(vip);
  await expectWhole(scenario);
  await request(scenario, 'load-balancer-delete');
  await expectNothingLeft(scenario);
});
