import type { Database } from '#core/db/pool.ts';
import { findZoneMetadata } from '#core/db/repositories/availability-zone.ts';
import { findFlavorMetadata } from '#core/db/repositories/flavor.ts';
import { healthMonitors } from '#core/db/repositories/health-monitor.ts';
import { l7Policies } from '#core/db/repositories/l7-policy.ts';
import { l7Rules } from '#core/db/repositories/l7-rule.ts';
import { listeners } from '#core/db/repositories/listener.ts';
import { findLoadBalancerTree } from '#core/db/repositories/load-balancer-tree.ts';
import { members } from '#core/db/repositories/member.ts';
import { pools } from '#core/db/repositories/pool.ts';
import type { LoadBalancer } from '#core/domain/load-balancer.ts';
import {
  type ListenerTree,
  type LoadBalancerTree,
  type PoolTree,
  poolIdsUsedBy,
} from '#core/domain/load-balancer-tree.ts';
import { ProvisioningStatus } from '#core/domain/status.ts';
import { isObject, uuidOf } from './given.ts';
import {
  forOldOctaviaLib,
  listenerAttributes,
  loadBalancerAttributes,
  orNull,
  type ProviderObject,
  poolAttributes,
  providerHealthMonitor,
  providerL7Policy,
  providerL7Rule,
  providerMember,
} from './provider-model.ts';
import type { SecretReader } from './secrets.ts';

export interface ObjectGetDeps {
  readonly database: Database;
  readonly secrets: SecretReader;
  /** Whether clients refuse attributes that came with octavia-lib 3.8. */
  readonly isOldOctaviaLib: boolean;
}

type Finder = (deps: ObjectGetDeps, id: string) => Promise<ProviderObject | null>;

const FINDERS = new Map<unknown, Finder>(
  Object.entries({
    loadbalancers: findLoadBalancer,
    listeners: findListener,
    pools: findPool,
    members: async ({ database }, id) => {
      const member = await members.find(database, id);
      return member && providerMember(member);
    },
    healthmonitors: async ({ database }, id) => {
      const healthMonitor = await healthMonitors.find(database, id);
      return healthMonitor && providerHealthMonitor(healthMonitor);
    },
    l7policies: findL7Policy,
    l7rules: async ({ database }, id) => {
      const rule = await l7Rules.find(database, id);
      return rule && providerL7Rule(rule);
    },
  } satisfies Record<string, Finder>),
);

/**
 * Reads one object with all below it, as octavia-lib's data models have it. `{}`: there is none, or it is deleted.
 * @throws on a request that is none, and when the database cannot be read
 */
export async function getObject(deps: ObjectGetDeps, request: unknown): Promise<unknown> {
  const { object, id: given } = isObject(request) ? request : {};
  const find = FINDERS.get(object);
  if (find === undefined)
    throw new Error(
      `object is ${JSON.stringify(object)}; it must be one of ${[...FINDERS.keys()].join(', ')}`,
    );
  const id = uuidOf(given);
  const found = id === null ? null : await find(deps, id);
  if (found === null) return {};
  return deps.isOldOctaviaLib ? forOldOctaviaLib(found) : found;
}

async function findLoadBalancer(deps: ObjectGetDeps, id: string): Promise<ProviderObject | null> {
  const tree = await findLivingTree(deps, id);
  if (tree === null) return null;
  const ownListeners: ProviderObject[] = [];
  for (const listener of tree.listeners) ownListeners.push(await toListener(deps, tree, listener));
  const ownPools: ProviderObject[] = [];
  for (const pool of tree.pools) ownPools.push(await toPool(deps, tree, pool));
  return {
    ...loadBalancerAttributes(tree),
    ...(await offerOf(deps, tree)),
    listeners: orNull(ownListeners),
    pools: orNull(ownPools),
  };
}

/** What its provider was told of its flavor and its zone when it was made, as the operator has them now. */
async function offerOf(
  { database }: ObjectGetDeps,
  { flavorId, availabilityZone }: LoadBalancer,
): Promise<ProviderObject> {
  return {
    flavor: flavorId && (await findFlavorMetadata(database, flavorId)),
    availability_zone: availabilityZone && (await findZoneMetadata(database, availabilityZone)),
  };
}

async function findListener(deps: ObjectGetDeps, id: string): Promise<ProviderObject | null> {
  const row = await listeners.find(deps.database, id);
  const tree = row && (await findLivingTree(deps, row.loadBalancerId));
  const listener = tree?.listeners.find((candidate) => candidate.id === id);
  return tree && listener ? toListener(deps, tree, listener) : null;
}

async function findPool(deps: ObjectGetDeps, id: string): Promise<ProviderObject | null> {
  const row = await pools.find(deps.database, id);
  const tree = row && (await findLivingTree(deps, row.loadBalancerId));
  const pool = tree?.pools.find((candidate) => candidate.id === id);
  return tree && pool ? toPool(deps, tree, pool) : null;
}

async function findL7Policy(
  { database }: ObjectGetDeps,
  id: string,
): Promise<ProviderObject | null> {
  const policy = await l7Policies.find(database, id);
  if (policy === null) return null;
  return providerL7Policy({ ...policy, rules: await l7Rules.findBy(database, 'l7PolicyId', id) });
}

async function findLivingTree(
  { database }: ObjectGetDeps,
  loadBalancerId: string,
): Promise<LoadBalancerTree | null> {
  const tree = await findLoadBalancerTree(database, loadBalancerId);
  return tree?.provisioningStatus === ProvisioningStatus.Deleted ? null : tree;
}

async function toListener(
  deps: ObjectGetDeps,
  tree: LoadBalancerTree,
  own: ListenerTree,
): Promise<ProviderObject> {
  const { secrets } = deps;
  const pool = tree.pools.find((candidate) => candidate.id === own.defaultPoolId);
  const sni: (ProviderObject | null)[] = [];
  for (const ref of own.sniContainerRefs) sni.push(await secrets.tls(ref, own.projectId));
  return {
    ...listenerAttributes(own),
    default_pool: pool ? await toPool(deps, tree, pool) : null,
    l7policies: own.l7Policies.map(providerL7Policy),
    default_tls_container_data: await secrets.tls(own.defaultTlsContainerRef, own.projectId),
    sni_container_data: orNull(sni.filter((blob) => blob !== null)),
    client_ca_tls_container_data: await secrets.secret(own.clientCaTlsContainerRef, own.projectId),
    client_crl_container_data: await secrets.secret(own.clientCrlContainerRef, own.projectId),
  };
}

async function toPool(
  { secrets }: ObjectGetDeps,
  tree: LoadBalancerTree,
  own: PoolTree,
): Promise<ProviderObject> {
  const listener = tree.listeners.find((candidate) => poolIdsUsedBy(candidate).includes(own.id));
  return {
    ...poolAttributes(own, listener?.id ?? null),
    tls_container_data: await secrets.tls(own.tlsContainerRef, own.projectId),
    ca_tls_container_data: await secrets.secret(own.caTlsContainerRef, own.projectId),
    crl_container_data: await secrets.secret(own.crlContainerRef, own.projectId),
  };
}
