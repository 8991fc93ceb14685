import { findLoadBalancerTree } from '#core/db/repositories/load-balancer-tree.ts';
import {
  type ListenerTree,
  type LoadBalancerTree,
  type PoolTree,
  poolIdsUsedBy,
} from '#core/domain/load-balancer-tree.ts';
import { notFound } from '../../faults.ts';
import { findLoadBalancer } from '../../gate.ts';
import { type Answer, type ApiRequest, ok, param, permit } from '../../http/request.ts';

interface WithStatus {
  readonly id: string;
  readonly name: string | null;
  readonly operatingStatus: string;
  readonly provisioningStatus: string;
}

/** The load balancer and what it uses, each with its two statuses: pools stand under every listener that uses them. */
export async function showStatusTree(request: ApiRequest): Promise<Answer> {
  const { database } = request.context;
  const loadBalancer = await findLoadBalancer(database, param(request, 'id'));
  permit(request, 'loadbalancer:get_status', loadBalancer.projectId);
  const tree = await findLoadBalancerTree(database, loadBalancer.id);
  if (tree === null) throw notFound('Load Balancer', loadBalancer.id);
  return ok({ statuses: { loadbalancer: treeToApi(tree) } });
}

function treeToApi(tree: LoadBalancerTree) {
  return {
    ...statusOf(tree),
    listeners: tree.listeners.map((listener) => ({
      ...statusOf(listener),
      pools: poolsOf(listener, tree).map(poolToApi),
    })),
  };
}

function poolsOf(listener: ListenerTree, tree: LoadBalancerTree): readonly PoolTree[] {
  const ids = poolIdsUsedBy(listener);
  return tree.pools.filter((pool) => ids.includes(pool.id));
}

function poolToApi(pool: PoolTree) {
  const monitor = pool.healthMonitor;
  return {
    ...statusOf(pool),
    health_monitor: monitor === null ? null : { ...statusOf(monitor), type: monitor.type },
    members: pool.members.map((member) => ({
      ...statusOf(member),
      address: member.address,
      protocol_port: member.protocolPort,
    })),
  };
}

function statusOf(object: WithStatus) {
  return {
    id: object.id,
    name: object.name ?? '',
    operating_status: object.operatingStatus,
    provisioning_status: object.provisioningStatus,
  };
}
