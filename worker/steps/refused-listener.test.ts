import { afterAll, beforeAll, expect, test } from 'vitest';
import { Topology } from '#core/domain/load-balancer.ts';
import type { RefusedListener } from '#core/ports/amphora.ts';
import { createTestDatabase, type TestDatabase } from '../../tests/testing/servers.ts';
import {
  newScenario,
  request,
  run,
  type Scenario,
  statusesOf,
  storedTree,
} from '../testing/scenario.ts';

let own: TestDatabase;
beforeAll(async () => {
  own = await createTestDatabase();
});
afterAll(() => own.close());

const REASON = 'haproxy.cfg: l7 rule 1: key must be one word';

/** A load balancer whose amphorae cannot serve its listener from now on. */
async function refusing(refusesPolicy: boolean, topology?: Topology): Promise<Scenario> {
  const scenario = await newScenario(own.database, topology === undefined ? {} : { topology });
  await run(scenario, 'load-balancer-create');
  const [listener] = (await storedTree(scenario)).listeners;
  const l7PolicyId = refusesPolicy ? (listener?.l7Policies[0]?.id ?? null) : null;
  const refused: RefusedListener = { listenerId: listener?.id ?? '', l7PolicyId, reason: REASON };
  const { world } = scenario;
  const amphora = { ...world.amphora, applyLoadBalancer: async () => [refused] };
  return { ...scenario, world: { ...world, amphora } };
}

test('an L7 rule that cannot be written is in ERROR with its policy and listener, and nothing else is', async () => {
  const scenario = await refusing(true);
  await expect(request(scenario, 'l7-rule-update')).rejects.toThrow(REASON);
  expect(statusesOf(await storedTree(scenario))).toMatchObject({
    loadBalancer: 'ACTIVE',
    listener: 'ERROR',
    l7Policy: 'ERROR',
    l7Rule: 'ERROR',
    pool: 'ACTIVE',
    member: 'ACTIVE',
  });
});

test.each(['load-balancer-failover', 'amphora-failover'] as const)(
  'a listener that the new amphorae of a %s refuse is in ERROR, and all else serves',
  async (name) => {
    const scenario = await refusing(false);
    await request(scenario, name);
    expect(statusesOf(await storedTree(scenario))).toMatchObject({
      loadBalancer: 'ACTIVE',
      listener: 'ERROR',
      l7Policy: 'ACTIVE',
      member: 'ACTIVE',
    });
  },
);

test.each(Object.values(Topology))(
  'a failover of a %s load balancer leaves in ERROR what the new amphorae refuse, too',
  async (topology) => {
    const scenario = await refusing(true, topology);
    await expect(request(scenario, 'l7-rule-update')).rejects.toThrow(REASON);
    await request(scenario, 'load-balancer-failover');
    expect(statusesOf(await storedTree(scenario))).toMatchObject({
      loadBalancer: 'ACTIVE',
      listener: 'ERROR',
      l7Policy: 'ERROR',
      l7Rule: 'ERROR',
      member: 'ACTIVE',
    });
  },
);

test('a listener that cannot be written is in ERROR and does not fail what others are changed', async () => {
  const scenario = await refusing(false);
  await request(scenario, 'load-balancer-update');
  expect(statusesOf(await storedTree(scenario))).toMatchObject({
    loadBalancer: 'ACTIVE',
    listener: 'ERROR',
    l7Policy: 'ACTIVE',
    member: 'ACTIVE',
  });
});
