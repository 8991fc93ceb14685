import type { Database } from '#core/db/pool.ts';
import { findLoadBalancerTree } from '#core/db/repositories/load-balancer-tree.ts';
import { transaction } from '#core/db/transaction.ts';
import { Topology } from '#core/domain/load-balancer.ts';
import type { LoadBalancerTree } from '#core/domain/load-balancer-tree.ts';
import type { FlowInputs, FlowName } from '#core/queue/flows.ts';
import { Faults } from '#drivers/noop/faults.ts';
import type { Flow } from '../engine/flow.ts';
import { FLOWS } from '../flows/all-flows.ts';
import type { World } from '../world.ts';
import { inputFor, markFor } from './as-the-api.ts';
import {
  impatientClock,
  memoryCloud,
  type NoopCloud,
  noopWorld,
  silentLogger,
} from './noop-world.ts';
import { type Family, insertFamily, newFamily } from './rows.ts';
import { runOnce } from './run-once.ts';

/** A load balancer as the API has just stored it, and the cloud in which it will be built. */
export interface Scenario {
  readonly database: Database;
  readonly cloud: NoopCloud;
  readonly faults: Faults;
  readonly world: World;
  readonly family: Family;
}

export interface ScenarioOptions {
  readonly topology?: Topology;
  readonly cloud?: NoopCloud;
  readonly hostCount?: number;
}

export async function newScenario(
  database: Database,
  { topology = Topology.Single, cloud = memoryCloud(), hostCount }: ScenarioOptions = {},
): Promise<Scenario> {
  const faults = new Faults();
  const clock = impatientClock;
  const room = hostCount === undefined ? {} : { hostCount };
  const world = noopWorld({ database, cloud, faults, clock, logger: silentLogger, ...room });
  const family = newFamily(topology);
  await transaction(database, (tx) => insertFamily(tx, family, 'PENDING_CREATE'));
  return { database, cloud, faults, world, family };
}

export async function storedTree({ database, family }: Scenario): Promise<LoadBalancerTree> {
  const found = await findLoadBalancerTree(database, family.loadBalancerId);
  if (found === null) throw new Error(`load balancer ${family.loadBalancerId} is gone`);
  return found;
}

/** Creates the load balancer, unless that is the flow in question, and marks what the API would mark. */
export async function begin(scenario: Scenario, name: FlowName): Promise<FlowInputs[FlowName]> {
  const { database, family } = scenario;
  if (name !== 'load-balancer-create') await run(scenario, 'load-balancer-create');
  await transaction(database, (tx) => markFor(tx, name, family));
  const amphoraId = await servingAmphoraId(scenario);
  if (name === 'amphora-delete')
    await database.query(`update amphora set status = 'PENDING_DELETE' where id = $1`, [amphoraId]);
  return inputFor(family, amphoraId);
}

/** Runs it to its end, with what it is to be about marked as it is. */
export async function run(scenario: Scenario, name: FlowName): Promise<void> {
  const flow = FLOWS[name] as Flow<FlowName, World>;
  const input = inputFor(scenario.family, await servingAmphoraId(scenario));
  await runOnce(flow, input, scenario.world);
}

/** As the API and the worker one after the other. */
export async function request(scenario: Scenario, name: FlowName): Promise<void> {
  await transaction(scenario.database, (tx) => markFor(tx, name, scenario.family));
  await run(scenario, name);
}

/** The first of them; empty where none serves. */
async function servingAmphoraId(scenario: Scenario): Promise<string> {
  const { amphorae } = await storedTree(scenario);
  return amphorae.find(({ status }) => status === 'ALLOCATED')?.id ?? '';
}

export function statusesOf(found: LoadBalancerTree): Readonly<Record<string, string>> {
  const pool = found.pools[0];
  const all = {
    loadBalancer: found,
    listener: found.listeners[0],
    pool,
    member: pool?.members[0],
    healthMonitor: pool?.healthMonitor ?? undefined,
    l7Policy: found.listeners[0]?.l7Policies[0],
    l7Rule: found.listeners[0]?.l7Policies[0]?.rules[0],
  };
  const known = Object.entries(all).filter(([, object]) => object !== undefined);
  return Object.fromEntries(
    known.map(([noun, object]) => [noun, object?.provisioningStatus ?? '']),
  );
}
