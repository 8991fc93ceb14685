import { amphorae } from '#core/db/repositories/amphora.ts';
import { findLoadBalancerTree } from '#core/db/repositories/load-balancer-tree.ts';
import type { Amphora } from '#core/domain/amphora.ts';
import type { LoadBalancerTree } from '#core/domain/load-balancer-tree.ts';
import { AmphoraStatus } from '#core/domain/status.ts';
import type { World } from '../world.ts';
import { permanent } from './patience.ts';

export interface OfLoadBalancer {
  readonly loadBalancerId: string;
}

/** The load balancer as it is stored now: flows act on this, never on a copy from when they were enqueued. */
export async function treeOf(
  { loadBalancerId }: OfLoadBalancer,
  { database }: World,
): Promise<LoadBalancerTree> {
  const tree = await findLoadBalancerTree(database, loadBalancerId);
  if (tree === null) throw permanent(`load balancer ${loadBalancerId} does not exist`);
  return tree;
}

export async function amphoraOf(amphoraId: string, { database }: World): Promise<Amphora> {
  const amphora = await amphorae.find(database, amphoraId);
  if (amphora === null) throw permanent(`amphora ${amphoraId} does not exist`);
  return amphora;
}

export function servingAmphorae(tree: LoadBalancerTree): readonly Amphora[] {
  return tree.amphorae.filter((amphora) => amphora.status === AmphoraStatus.Allocated);
}
