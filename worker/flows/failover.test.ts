import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { amphorae } from '#core/db/repositories/amphora.ts';
import { transaction } from '#core/db/transaction.ts';
import type { Amphora } from '#core/domain/amphora.ts';
import { Topology } from '#core/domain/load-balancer.ts';
import type { LoadBalancerTree } from '#core/domain/load-balancer-tree.ts';
import type { AmphoraStatus } from '#core/domain/status.ts';
import { createTestDatabase, type TestDatabase } from '../../tests/testing/servers.ts';
import { inputFor, markFor } from '../testing/as-the-api.ts';
import { expectDeletable, expectSettled, expectWhole } from '../testing/ends.ts';
import { runOnce } from '../testing/run-once.ts';
import {
  newScenario,
  request,
  run,
  type Scenario,
  type ScenarioOptions,
  statusesOf,
  storedTree,
} from '../testing/scenario.ts';
import { FLOWS } from './all-flows.ts';

const REFUSED = { kind: 'fail', retryable: false } as const;
const BUSY = { kind: 'fail', retryable: true } as const;

let test_: TestDatabase;
beforeAll(async () => {
  test_ = await createTestDatabase();
});
afterAll(() => test_.close());

async function serving(options: ScenarioOptions): Promise<Scenario> {
  const scenario = await newScenario(test_.database, options);
  await run(scenario, 'load-balancer-create');
  return scenario;
}

async function failOver(scenario: Scenario, amphoraId: string): Promise<void> {
  const { database, family, world } = scenario;
  await transaction(database, (tx) => markFor(tx, 'amphora-failover', family));
  await runOnce(FLOWS['amphora-failover'], inputFor(family, amphoraId) as never, world);
}

async function withStatus(
  scenario: Scenario,
  status: AmphoraStatus = 'ALLOCATED',
): Promise<readonly Amphora[]> {
  return (await storedTree(scenario)).amphorae.filter((amphora) => amphora.status === status);
}

async function ofRole(scenario: Scenario, role: string): Promise<Amphora> {
  const found = (await withStatus(scenario)).find((amphora) => amphora.role === role);
  if (!found) throw new Error(`no amphora serves as ${role}`);
  return found;
}

async function setStatus(scenario: Scenario, id: string, status: AmphoraStatus): Promise<void> {
  await transaction(scenario.database, (tx) => amphorae.update(tx, id, { status }));
}

/** From the next call on, so many of them. */
function planNext(
  { faults }: Scenario,
  operation: string,
  fault: typeof REFUSED | typeof BUSY,
  { skipping = 0, times }: { readonly skipping?: number; readonly times?: number } = {},
): void {
  const from = faults.callsOf(operation) + 1 + skipping;
  faults.plan(operation, times === undefined ? fault : { ...fault, times }, from);
}

async function expectError(scenario: Scenario): Promise<void> {
  expect((await expectSettled(scenario)).provisioningStatus).toBe('ERROR');
}

async function expectActive(scenario: Scenario): Promise<void> {
  const statuses = new Set(Object.values(statusesOf(await expectSettled(scenario))));
  expect([...statuses]).toEqual(['ACTIVE']);
}

describe.each([
  { topology: Topology.Single, role: 'STANDALONE', hostCount: 1 },
  { topology: Topology.ActiveStandby, role: 'MASTER', hostCount: 3 },
  { topology: Topology.ActiveStandby, role: 'BACKUP', hostCount: 3 },
])('the $role amphora of a $topology load balancer', ({ topology, role, hostCount }) => {
  test('is replaced by one of the same role, and the other is left alone', async () => {
    const scenario = await serving({ topology, hostCount });
    const old = await ofRole(scenario, role);
    const others = (await withStatus(scenario)).filter(({ id }) => id !== old.id);
    await failOver(scenario, old.id);
    await expectActive(scenario);
    await expectWhole(scenario);
    const now = await ofRole(scenario, role);
    expect(now.id).not.toBe(old.id);
    expect(now.vrrpPriority).toBe(old.vrrpPriority);
    const left = (await withStatus(scenario)).filter(({ id }) => id !== now.id);
    expect(left.map(({ id, computeId }) => [id, computeId])).toEqual(
      others.map(({ id, computeId }) => [id, computeId]),
    );
    await expectDeletable(scenario);
  });

  test('whose machine cannot be removed stays on record, and goes with the next failover', async () => {
    const scenario = await serving({ topology });
    const old = await ofRole(scenario, role);
    planNext(scenario, 'compute.delete', REFUSED, { times: 3 });
    await failOver(scenario, old.id);
    await expectActive(scenario);
    expect((await withStatus(scenario, 'ERROR')).map(({ id }) => id)).toEqual([old.id]);
    const before = (await withStatus(scenario)).map(({ id }) => id);
    await failOver(scenario, old.id);
    await expectWhole(scenario);
    expect((await withStatus(scenario)).map(({ id }) => id)).toEqual(before);
    await expectDeletable(scenario);
  });

  test('keeps its machine and its port while there is no room for another, and is replaced when there is', async () => {
    const scenario = await serving({ topology });
    const old = await ofRole(scenario, role);
    const machines = await scenario.cloud.machines.all();
    const busy = { times: 15 };
    for (const operation of ['compute.build', 'network.createPort']) {
      planNext(scenario, operation, BUSY, busy);
      await expect(failOver(scenario, old.id)).rejects.toThrow('as planned');
      await expectError(scenario);
      expect(await scenario.cloud.machines.all()).toEqual(machines);
      expect(await scenario.cloud.vipPorts.all()).toHaveLength(1);
      expect((await withStatus(scenario, 'ERROR')).map(({ id }) => id)).toEqual([old.id]);
    }
    await failOver(scenario, old.id);
    await expectActive(scenario);
    await expectWhole(scenario);
    await expectDeletable(scenario);
  });

  test('lets go of the VIP before another speaks for it, also when it is alive', async () => {
    const scenario = await serving({ topology });
    const old = await ofRole(scenario, role);
    const { compute, amphora } = scenario.world;
    const told: string[] = [];
    const world = {
      ...scenario.world,
      compute: {
        ...compute,
        detachPort: async (computeId: string, portId: string) => {
          if (portId === old.vrrpPortId) told.push('let go');
          await compute.detachPort(computeId, portId);
        },
      },
      amphora: {
        ...amphora,
        // One that is alone has the VIP once it is plugged, one of a pair once it speaks VRRP.
        plugVip: async () => void (topology === Topology.Single && told.push('taken')),
        applyVrrp: async ({ role: its }: Amphora) => void (its === role && told.push('taken')),
      },
    };
    await failOver({ ...scenario, world }, old.id);
    expect(told).toEqual(['let go', 'taken']);
  });

  test('that is replaced already is not replaced again', async () => {
    const scenario = await serving({ topology });
    const old = await ofRole(scenario, role);
    await failOver(scenario, old.id);
    const machines = await scenario.cloud.machines.all();
    await failOver(scenario, old.id);
    await expectActive(scenario);
    expect(await scenario.cloud.machines.all()).toEqual(machines);
  });

  test('that somebody left half built goes with a failover of the load balancer', async () => {
    const scenario = await serving({ topology });
    const old = await ofRole(scenario, role);
    await setStatus(scenario, old.id, 'BOOTING');
    await request(scenario, 'load-balancer-failover');
    await expectActive(scenario);
    await expectWhole(scenario);
    expect((await storedTree(scenario)).amphorae.find(({ id }) => id === old.id)?.status).toBe(
      'DELETED',
    );
  });
});

describe('a pair', () => {
  const topology = Topology.ActiveStandby;

  test('of which both are dead is healed by a failover of each, though neither hears of the other', async () => {
    const scenario = await serving({ topology });
    const [first, second] = [await ofRole(scenario, 'MASTER'), await ofRole(scenario, 'BACKUP')];
    // The new amphora is asked first, and then the dead one.
    planNext(scenario, 'amphora.getInfo', BUSY, { skipping: 1, times: 1 });
    const told = scenario.faults.callsOf('amphora.applyVrrp');
    await failOver(scenario, first.id);
    expect(scenario.faults.callsOf('amphora.applyVrrp')).toBe(told + 1);
    await expectActive(scenario);
    await failOver(scenario, second.id);
    await expectActive(scenario);
    await expectWhole(scenario);
    const left = (await withStatus(scenario)).map(({ id }) => id);
    expect(left).not.toContain(first.id);
    expect(left).not.toContain(second.id);
  });

  test('of which one failed to be replaced is whole after the failover of the other', async () => {
    const scenario = await serving({ topology });
    const [first, second] = [await ofRole(scenario, 'MASTER'), await ofRole(scenario, 'BACKUP')];
    planNext(scenario, 'compute.build', REFUSED, { times: 1 });
    await expect(failOver(scenario, first.id)).rejects.toThrow('as planned');
    await failOver(scenario, second.id);
    await expectActive(scenario);
    await expectWhole(scenario);
  });

  test('moves its VIP last: who stays is told, and the old one lets go, before the new one speaks for it', async () => {
    const scenario = await serving({ topology });
    const [old, stays] = [await ofRole(scenario, 'MASTER'), await ofRole(scenario, 'BACKUP')];
    const { world } = scenario;
    const told: string[] = [];
    const amphora = {
      ...world.amphora,
      applyVrrp: async ({ id }: Amphora, { amphorae: all }: LoadBalancerTree) => {
        const speaking = all.filter(({ status }) => status === 'ALLOCATED').map((one) => one.id);
        expect(speaking).not.toContain(old.id);
        expect(speaking).toHaveLength(2);
        told.push(id === stays.id ? 'who stays' : 'the new one');
      },
    };
    const compute = {
      ...world.compute,
      detachPort: async (computeId: string, portId: string) => {
        told.push(computeId === old.computeId ? 'the old one lets go' : computeId);
        await world.compute.detachPort(computeId, portId);
      },
    };
    await failOver({ ...scenario, world: { ...world, amphora, compute } }, old.id);
    expect(told).toEqual(['the old one lets go', 'who stays', 'the new one']);
  });

  test('that must be on two hosts keeps the amphora that has no third to go to', async () => {
    const scenario = await serving({ topology, hostCount: 2 });
    const old = await ofRole(scenario, 'BACKUP');
    const machines = await scenario.cloud.machines.all();
    await expect(failOver(scenario, old.id)).rejects.toThrow('No valid host was found.');
    await expectError(scenario);
    expect(await scenario.cloud.machines.all()).toEqual(machines);
    await expectDeletable(scenario);
  });

  test('that finds one host only is not built, and nothing of it stays', async () => {
    const scenario = await newScenario(test_.database, { topology, hostCount: 1 });
    await expect(run(scenario, 'load-balancer-create')).rejects.toThrow('No valid host was found.');
    await expectError(scenario);
    expect(await scenario.cloud.machines.all()).toEqual([]);
    expect(await scenario.cloud.serverGroups.all()).toEqual([]);
    await expectDeletable(scenario);
  });

  test('goes on serving from one old and one new amphora when the second cannot be replaced', async () => {
    const scenario = await serving({ topology });
    const kept = await ofRole(scenario, 'MASTER');
    planNext(scenario, 'compute.build', REFUSED, { skipping: 1, times: 1 });
    await expect(request(scenario, 'load-balancer-failover')).rejects.toThrow('as planned');
    await expectError(scenario);
    expect((await withStatus(scenario)).map(({ role }) => role)).toEqual(['BACKUP']);
    const machine = await scenario.cloud.machines.get(kept.computeId ?? '');
    expect(machine?.portIds).toContain(kept.vrrpPortId);
    await request(scenario, 'load-balancer-failover');
    await expectActive(scenario);
    await expectWhole(scenario);
  });

  test('whose roles have changed hands since loses first the amphora that has not the VIP', async () => {
    const scenario = await serving({ topology });
    const master = await ofRole(scenario, 'MASTER');
    await transaction(test_.database, async (tx) => {
      for (const { id } of await withStatus(scenario))
        await amphorae.update(tx, id, { role: id === master.id ? 'BACKUP' : 'MASTER' });
    });
    planNext(scenario, 'compute.build', REFUSED, { skipping: 1, times: 1 });
    await expect(request(scenario, 'load-balancer-failover')).rejects.toThrow('as planned');
    // The noop amphora in the role MASTER says that it has the VIP: the other went first.
    expect((await storedTree(scenario)).amphorae.find(({ id }) => id === master.id)?.status).toBe(
      'DELETED',
    );
  });

  test('is changed on both amphorae', async () => {
    const scenario = await serving({ topology });
    const told = scenario.faults.callsOf('amphora.applyLoadBalancer');
    await request(scenario, 'listener-update');
    expect(scenario.faults.callsOf('amphora.applyLoadBalancer')).toBe(told + 2);
    await expectActive(scenario);
  });
});
