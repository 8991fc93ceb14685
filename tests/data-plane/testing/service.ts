import type { HealthMonitor } from '#core/domain/health-monitor.ts';
import type { Listener } from '#core/domain/listener.ts';
import type { ListenerTree, PoolTree } from '#core/domain/load-balancer-tree.ts';
import type { Member } from '#core/domain/member.ts';
import type { Pool } from '#core/domain/pool.ts';
import { listenerOf, memberOf, monitorOf, poolOf } from './tree.ts';

/** A listener with a pool of its own, by what is special about them. */
export interface Service {
  /** On the VIP. */
  readonly port: number;
  readonly members: readonly (Partial<Member> & Pick<Member, 'protocolPort'>)[];
  readonly listener?: Partial<Listener>;
  readonly pool?: Partial<Pool>;
  readonly monitor?: Partial<HealthMonitor>;
}

/** @param address of the members that have none */
export function partsOf(
  loadBalancerId: string,
  address: string,
  services: readonly Service[],
): { readonly listeners: readonly ListenerTree[]; readonly pools: readonly PoolTree[] } {
  const built = services.map(({ port, members, listener, pool, monitor }) => {
    const tree = poolOf(
      loadBalancerId,
      members.map((member) => memberOf(member.address ?? address, member.protocolPort, member)),
      pool,
      monitor === undefined ? null : monitorOf(monitor),
    );
    return {
      tree,
      listener: listenerOf(loadBalancerId, port, { defaultPoolId: tree.id, ...listener }),
    };
  });
  return {
    listeners: built.map(({ listener }) => listener),
    pools: built.map(({ tree }) => tree),
  };
}
