import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Topology } from '#core/domain/load-balancer.ts';
import type { FlowName } from '#core/queue/flows.ts';
import { createTestDatabase, type TestDatabase } from '../../tests/testing/servers.ts';
import type { Flow } from '../engine/flow.ts';
import { failingAt, runningTwice } from '../testing/altered-flows.ts';
import {
  expectDeletable,
  expectNoOrphans,
  expectNothingLeft,
  expectSettled,
  expectWhole,
} from '../testing/ends.ts';
import { runOnce } from '../testing/run-once.ts';
import { sampled } from '../testing/sample.ts';
import {
  begin,
  newScenario,
  request,
  type Scenario,
  statusesOf,
  storedTree,
} from '../testing/scenario.ts';
import type { World } from '../world.ts';
import { FLOWS } from './all-flows.ts';

const FAILURES_SAMPLED = 80;

let test_: TestDatabase;
beforeAll(async () => {
  test_ = await createTestDatabase();
});
afterAll(() => test_.close());

const NAMES = Object.keys(FLOWS) as FlowName[];
const TOPOLOGIES = Object.values(Topology);
const CASES = NAMES.flatMap((name) => TOPOLOGIES.map((topology) => ({ name, topology })));
const FAILURES = CASES.flatMap(({ name, topology }) =>
  FLOWS[name].steps.flatMap(({ name: step }, index) =>
    (['before', 'after'] as const).map((when) => ({ name, topology, step, index, when })),
  ),
);
const OF_LOAD_BALANCER = new Set<FlowName>([
  'load-balancer-create',
  'load-balancer-update',
  'load-balancer-delete',
  'load-balancer-failover',
  'amphora-failover',
]);
const REMOVED: Readonly<Partial<Record<FlowName, string>>> = {
  'listener-delete': 'listener',
  'pool-delete': 'pool',
  'member-delete': 'member',
  'health-monitor-delete': 'healthMonitor',
  'l7-policy-delete': 'l7Policy',
  'l7-rule-delete': 'l7Rule',
};

async function expectSuccess(scenario: Scenario, name: FlowName): Promise<void> {
  const statuses = statusesOf(await storedTree(scenario));
  const isDeletion = name === 'load-balancer-delete';
  expect([...new Set(Object.values(statuses))]).toEqual([isDeletion ? 'DELETED' : 'ACTIVE']);
  if (isDeletion) return expectNothingLeft(scenario);
  await expectNoOrphans(scenario);
  if (name !== 'amphora-delete') await expectWhole(scenario);
  const noun = REMOVED[name];
  if (noun) expect(statuses).not.toHaveProperty(noun);
}

test.each(NAMES)('each step of %s has a name of its own', (name) => {
  const names = FLOWS[name].steps.map((step) => step.name);
  expect(new Set(names).size).toBe(names.length);
});

describe.concurrent.each(CASES)('$name of a $topology load balancer', ({ name, topology }) => {
  test('leaves everything ACTIVE or gone when it succeeds', async () => {
    const scenario = await newScenario(test_.database, { topology });
    const input = await begin(scenario, name);
    await runOnce(FLOWS[name] as Flow<FlowName, World>, input, scenario.world);
    await expectSuccess(scenario, name);
  });

  test('comes to the same end when every step runs twice', async () => {
    const scenario = await newScenario(test_.database, { topology });
    const input = await begin(scenario, name);
    await runOnce(runningTwice(name), input, scenario.world);
    await expectSuccess(scenario, name);
    if (name !== 'load-balancer-delete') await expectDeletable(scenario);
  });
});

test.concurrent.each(sampled(FAILURES, FAILURES_SAMPLED))(
  '$name of a $topology load balancer that fails $when $step leaves no pending status and no orphan, and can be mended',
  async ({ name, topology, index, when }) => {
    const scenario = await newScenario(test_.database, { topology });
    const input = await begin(scenario, name);
    await expect(runOnce(failingAt(name, index, when), input, scenario.world)).rejects.toThrow(
      'as planned',
    );
    // A deletion that failed has lost nothing yet, or is over.
    if (name === 'load-balancer-delete') {
      if ((await storedTree(scenario)).provisioningStatus === 'DELETED')
        return expectNothingLeft(scenario);
      return expectDeletable(scenario);
    }
    const found = await expectSettled(scenario);
    await expectVolumesInUse(scenario);
    expect(found.provisioningStatus).toBe(OF_LOAD_BALANCER.has(name) ? 'ERROR' : 'ACTIVE');
    if (name === 'load-balancer-create') expect(await scenario.cloud.machines.all()).toEqual([]);
    else if (name !== 'amphora-delete') await expectStillServing(scenario);
    await request(scenario, 'load-balancer-failover');
    expect(new Set(Object.values(statusesOf(await storedTree(scenario))))).toEqual(
      new Set(['ACTIVE']),
    );
    await expectNoOrphans(scenario);
    await expectWhole(scenario);
    await expectDeletable(scenario);
  },
);

/** Whoever has no machine has no volume either. */
async function expectVolumesInUse({ cloud }: Scenario): Promise<void> {
  const volumes = await cloud.volumes.all();
  const machines = await cloud.machines.all();
  expect(volumes.map(({ volumeId }) => volumeId).toSorted()).toEqual(
    machines.map(({ spec }) => spec.bootVolumeId ?? 'none').toSorted(),
  );
}

/** Of what served before at least one amphora has its machine and its port on the VIP network still, or a new one has. */
async function expectStillServing(scenario: Scenario): Promise<void> {
  const { amphorae } = await storedTree(scenario);
  const machines = await scenario.cloud.machines.all();
  const serving = amphorae.filter(({ id, vrrpPortId }) =>
    machines.some((one) => one.amphoraId === id && one.portIds.includes(vrrpPortId ?? '')),
  );
  expect(serving.length).toBeGreaterThan(0);
}

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
    const scenario = await newScenario(test_.database);
    const input = await begin(scenario, name);
    const push = FLOWS[name].steps.findIndex((step) => step.name === 'push-configuration');
    await expect(runOnce(failingAt(name, push, 'before'), input, scenario.world)).rejects.toThrow();
    const { [noun]: concerned, ...others } = statusesOf(await storedTree(scenario));
    expect([noun, concerned]).toEqual([noun, 'ERROR']);
    expect(new Set(Object.values(others))).toEqual(new Set(['ACTIVE']));
  }
});

test('an amphora whose agent takes no new configuration goes on as it was', async () => {
  const scenario = await newScenario(test_.database);
  const input = await begin(scenario, 'amphora-config-update');
  const failing = failingAt('amphora-config-update', 0, 'before');
  await expect(runOnce(failing, input, scenario.world)).rejects.toThrow('as planned');
  await expectSettled(scenario);
  await expectWhole(scenario);
});

test('an amphora that is only not heard of for now is told of a change like any other', async () => {
  const scenario = await newScenario(test_.database);
  const input = await begin(scenario, 'pool-update');
  await scenario.database.query(
    `update amphora set status = 'FAILOVER_STOPPED' where load_balancer_id = $1`,
    [scenario.family.loadBalancerId],
  );
  await runOnce(FLOWS['pool-update'] as Flow<FlowName, World>, input, scenario.world);
  const { amphorae, pools } = await storedTree(scenario);
  expect(amphorae.map(({ status }) => status)).toEqual(['FAILOVER_STOPPED']);
  expect(pools.map(({ provisioningStatus }) => provisioningStatus)).toEqual(['ACTIVE']);
});
