import { amphorae } from '#core/db/repositories/amphora.ts';
import { loadBalancers } from '#core/db/repositories/load-balancer.ts';
import { findLoadBalancerTree } from '#core/db/repositories/load-balancer-tree.ts';
import { type Amphora, isInPlace } from '#core/domain/amphora.ts';
import type { LoadBalancer } from '#core/domain/load-balancer.ts';
import type { LoadBalancerTree } from '#core/domain/load-balancer-tree.ts';
import type { Queryable } from '#core/ports/transaction.ts';
import type { World } from '../world.ts';
import { permanent } from './patience.ts';

export interface OfLoadBalancer {
  readonly loadBalancerId: string;
}

/** The load balancer as it is stored now: flows act on this, never on a copy from when they were enqueued. */
export async function treeOf(
  { loadBalancerId }: OfLoadBalancer,
  { database }: { readonly database: Queryable },
): Promise<LoadBalancerTree> {
  const tree = await findLoadBalancerTree(database, loadBalancerId);
  if (tree === null) throw missing(loadBalancerId);
  return tree;
}

/** The load balancer alone, for steps that need nothing below it. */
export async function loadBalancerOf(
  { loadBalancerId }: OfLoadBalancer,
  { database }: World,
): Promise<LoadBalancer> {
  const loadBalancer = await loadBalancers.find(database, loadBalancerId);
  if (loadBalancer === null) throw missing(loadBalancerId);
  return loadBalancer;
}

export async function amphoraOf(amphoraId: string, { database }: World): Promise<Amphora> {
  const amphora = await amphorae.find(database, amphoraId);
  if (amphora === null) throw permanent(`amphora ${amphoraId} does not exist`);
  return amphora;
}

/** Also those that are FAILOVER_STOPPED: once they are heard again nobody would tell them what changed meanwhile. */
export function servingAmphorae(tree: LoadBalancerTree): readonly Amphora[] {
  return tree.amphorae.filter(isInPlace);
}

function missing(loadBalancerId: string): Error {
  return permanent(`load balancer ${loadBalancerId} does not exist`);
}
