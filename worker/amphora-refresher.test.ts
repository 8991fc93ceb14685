import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Amphora } from '#core/domain/amphora.ts';
import { DriverFailure } from '#core/domain/errors.ts';
import { Topology } from '#core/domain/load-balancer.ts';
import type { AmphoraDriver } from '#core/ports/amphora.ts';
import type { FlowName } from '#core/queue/flows.ts';
import { type NoopAmphora, noopAmphora } from '#drivers/noop/amphora.ts';
import { memoryStore, type NoopStore } from '#drivers/noop/store.ts';
import { createTestDatabase, type TestDatabase } from '../tests/testing/servers.ts';
import { askForRefreshes } from './amphora-refresher.ts';
import type { Flow } from './engine/flow.ts';
import { FLOWS } from './flows/all-flows.ts';
import { inputFor } from './testing/as-the-api.ts';
import { runOnce } from './testing/run-once.ts';
import { newScenario, request, run, type Scenario, storedTree } from './testing/scenario.ts';
import type { World } from './world.ts';

let own: TestDatabase;
let scenario: Scenario;
let told: NoopStore<NoopAmphora>;
let present: string;
let absent: string;
/** Amphorae that do not answer. */
let silent: Set<string>;
/** Amphorae that answer, and take no configuration. */
let stubborn: Set<string>;

beforeAll(async () => {
  own = await createTestDatabase();
});
afterAll(() => own.close());
beforeEach(async () => {
  told = memoryStore();
  silent = new Set();
  stubborn = new Set();
  await own.database.query('truncate dbos.workflow_status cascade; truncate outdated_amphora');
  const made = await newScenario(own.database, { topology: Topology.ActiveStandby });
  scenario = {
    ...made,
    world: { ...made.world, amphora: reachable(noopAmphora({ amphorae: told })) },
  };
  await run(scenario, 'load-balancer-create');
  const { amphorae } = await storedTree(scenario);
  [present = '', absent = ''] = amphorae.map(({ id }) => id);
});

function reach({ id }: Amphora, isRead = false): void {
  if (silent.has(id)) throw new DriverFailure(`amphora ${id} is away`, { retryable: true });
  if (stubborn.has(id) && !isRead) throw new DriverFailure('disk full', { retryable: false });
}

function reachable(driver: AmphoraDriver): AmphoraDriver {
  return {
    ...driver,
    async getInfo(amphora, patience) {
      reach(amphora, true);
      return driver.getInfo(amphora, patience);
    },
    async plugNetwork(amphora, plug) {
      reach(amphora);
      await driver.plugNetwork(amphora, plug);
    },
    async applyLoadBalancer(amphora, tree) {
      reach(amphora);
      return driver.applyLoadBalancer(amphora, tree);
    },
    async applyVrrp(amphora, tree) {
      reach(amphora);
      await driver.applyVrrp(amphora, tree);
    },
  };
}

/** How many members the amphora serves, and how many networks it was told of. */
async function knownTo(amphoraId: string): Promise<readonly [number, number]> {
  const { served, networks } = (await told.get(amphoraId)) ?? {};
  return [served?.pools[0]?.members.length ?? 0, Object.keys(networks ?? {}).length];
}

/** Stores a member on a subnet of its own, as the API does. */
async function addMember(): Promise<void> {
  await own.database.query(
    `insert into member (id, project_id, name, pool_id, address, protocol_port, subnet_id, weight, is_backup, is_enabled,
       provisioning_status, operating_status, created_at)
     select gen_random_uuid(), project_id, '', pool_id, '198.51.100.7', 80, gen_random_uuid(), 1, false, true,
       'PENDING_CREATE', 'NO_MONITOR', now() from member where id = $1`,
    [scenario.family.memberId],
  );
}

async function flowsAsked(): Promise<readonly string[]> {
  const { rows } = await own.database.query<{ name: string }>(
    'select name from dbos.workflow_status order by name',
  );
  return rows.map(({ name }) => name);
}

/** What the worker does with a flow that was asked for. */
async function runFor(name: FlowName, amphoraId: string): Promise<void> {
  const input = inputFor(scenario.family, amphoraId);
  await runOnce(FLOWS[name] as Flow<FlowName, World>, input, scenario.world);
}

async function statusOf(): Promise<string> {
  return (await storedTree(scenario)).provisioningStatus;
}

test('a change that one amphora of a pair cannot be told of is in force, and the other hears of it when it is back', async () => {
  const before = await knownTo(absent);
  silent.add(absent);
  await addMember();
  await request(scenario, 'member-create');
  expect(await statusOf()).toBe('ACTIVE');
  expect(await knownTo(present)).toEqual([before[0] + 1, before[1] + 1]);
  expect(await knownTo(absent)).toEqual(before);

  expect(await askForRefreshes(scenario.world)).toBe(1);
  expect([await flowsAsked(), await statusOf()]).toEqual([[], 'ACTIVE']);

  silent.clear();
  await own.database.query('update outdated_amphora set next_attempt_at = now()');
  await askForRefreshes(scenario.world);
  expect([await flowsAsked(), await statusOf()]).toEqual([['amphora-refresh'], 'PENDING_UPDATE']);
  await runFor('amphora-refresh', absent);
  expect(await statusOf()).toBe('ACTIVE');
  expect(await knownTo(absent)).toEqual(await knownTo(present));
  expect((await told.get(absent))?.pair).not.toBeNull();
  expect(await askForRefreshes(scenario.world)).toBe(0);
});

test('nobody waits again for an amphora that is known to be behind, unless there is no other', async () => {
  silent.add(absent);
  await request(scenario, 'pool-update');
  silent.delete(absent);
  const before = await told.get(absent);
  await request(scenario, 'pool-update');
  expect(await told.get(absent)).toBe(before);
  silent.add(present);
  await request(scenario, 'pool-update');
  expect(await told.get(absent)).not.toBe(before);
});

test('a change that no amphora of a pair can be told of fails', async () => {
  silent.add(absent).add(present);
  await expect(request(scenario, 'member-update')).rejects.toThrow('is away');
  expect(await statusOf()).toBe('ACTIVE');
  const [pool] = (await storedTree(scenario)).pools;
  expect(pool?.members.map(({ provisioningStatus }) => provisioningStatus)).toEqual(['ERROR']);
});

test('an amphora that answers and takes no change for long is replaced, if the network is not to blame', async () => {
  stubborn.add(absent);
  await request(scenario, 'pool-update');
  await askForRefreshes(scenario.world);
  await runFor('amphora-refresh', absent);
  expect(await statusOf()).toBe('ACTIVE');

  const long = 'update outdated_amphora set attempts = 1000, next_attempt_at = now()';
  await own.database.query('truncate dbos.workflow_status cascade');
  await own.database.query(long);
  silent.add(present).add(absent);
  await askForRefreshes(scenario.world);
  expect(await flowsAsked()).toEqual([]);

  silent.clear();
  await own.database.query(long);
  await askForRefreshes(scenario.world);
  expect(await flowsAsked()).toEqual(['amphora-failover']);
  await runFor('amphora-failover', absent);
  const { amphorae } = await storedTree(scenario);
  expect(amphorae.find(({ id }) => id === absent)?.status).toBe('DELETED');
  expect(await askForRefreshes(scenario.world)).toBe(0);
});

test('a change that both amphorae of a pair refuse is asked of each once', async () => {
  stubborn.add(absent).add(present);
  const calls: string[] = [];
  const { amphora } = scenario.world;
  const counting: AmphoraDriver = {
    ...amphora,
    async applyLoadBalancer(one, tree) {
      calls.push(one.id);
      return amphora.applyLoadBalancer(one, tree);
    },
  };
  const watched = { ...scenario, world: { ...scenario.world, amphora: counting } };
  await expect(request(watched, 'pool-update')).rejects.toThrow('disk full');
  expect(calls.toSorted()).toEqual([absent, present].toSorted());
});
