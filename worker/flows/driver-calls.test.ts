import { afterAll, beforeAll, expect, test } from 'vitest';
import { Topology } from '#core/domain/load-balancer.ts';
import type { FlowName } from '#core/queue/flows.ts';
import { createTestDatabase, type TestDatabase } from '../../tests/testing/servers.ts';
import type { Flow } from '../engine/flow.ts';
import { FlowFailed } from '../engine/run-flow.ts';
import { expectDeletable, expectNothingLeft, expectSettled, expectWhole } from '../testing/ends.ts';
import { CALL_FAULTS, faultyWorld } from '../testing/faulty-world.ts';
import { runOnce } from '../testing/run-once.ts';
import { sampled, someOf } from '../testing/sample.ts';
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

const CASES_SAMPLED = 12;
const CALLS_SAMPLED = 3;

let test_: TestDatabase;
beforeAll(async () => {
  test_ = await createTestDatabase();
});
afterAll(() => test_.close());

const CASES = (Object.keys(FLOWS) as FlowName[]).flatMap((name) =>
  Object.values(Topology).flatMap((topology) =>
    CALL_FAULTS.map((fault) => ({ name, topology, fault })),
  ),
);

/** @returns whether it ended well */
async function runWith(scenario: Scenario, name: FlowName, world: World): Promise<boolean> {
  const input = await begin(scenario, name);
  return runOnce(FLOWS[name] as Flow<FlowName, World>, input, world).then(
    () => true,
    (error: unknown) => {
      if (error instanceof FlowFailed) return false;
      throw error;
    },
  );
}

async function callsOf(name: FlowName, topology: Topology): Promise<number> {
  const scenario = await newScenario(test_.database, { topology });
  const count = { calls: 0 };
  await runWith(scenario, name, faultyWorld(scenario.world, 'refused', null, count));
  return count.calls;
}

async function expectMendable(scenario: Scenario, name: FlowName, isDone: boolean): Promise<void> {
  const isDeletion = name === 'load-balancer-delete';
  if (isDeletion) return isDone ? expectNothingLeft(scenario) : expectDeletable(scenario);
  const found = await expectSettled(scenario);
  if (isDone) expect(new Set(Object.values(statusesOf(found)))).toEqual(new Set(['ACTIVE']));
  if (isDone && name !== 'amphora-delete') expect(servingCount(found)).toBe(sizeOf(scenario));
  await request(scenario, 'load-balancer-failover');
  expect((await storedTree(scenario)).provisioningStatus).toBe('ACTIVE');
  await expectWhole(scenario);
  await expectDeletable(scenario);
}

function servingCount({ amphorae }: Awaited<ReturnType<typeof storedTree>>): number {
  return amphorae.filter(({ status }) => status === 'ALLOCATED').length;
}

function sizeOf({ family }: Scenario): number {
  return family.topology === Topology.Single ? 1 : 2;
}

test.concurrent.each(sampled(CASES, CASES_SAMPLED))(
  '$name of a $topology load balancer bears any call of a driver to be $fault',
  async ({ name, topology, fault }) => {
    const places = Array.from({ length: await callsOf(name, topology) }, (_, place) => place);
    for (const place of someOf(places, CALLS_SAMPLED)) {
      const scenario = await newScenario(test_.database, { topology });
      const world = faultyWorld(scenario.world, fault, place);
      await expectMendable(scenario, name, await runWith(scenario, name, world)).catch(
        (error: unknown) => {
          throw new Error(`call ${place} of ${places.length}`, { cause: error });
        },
      );
    }
  },
  300_000,
);
