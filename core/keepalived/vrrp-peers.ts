import type { Amphora } from '../domain/amphora.ts';
import type { LoadBalancerTree } from '../domain/load-balancer-tree.ts';
import { AmphoraStatus } from '../domain/status.ts';
import { ipAddress } from './word.ts';

/**
 * To whom an amphora says that it lives: the other allocated ones, or, while there is none, those that are written off.
 * One of them may only be unheard, and without any peer keepalived speaks to the whole network, where every load
 * balancer is router 1.
 */
export function peersOf(amphora: Amphora, tree: LoadBalancerTree): readonly string[] {
  const others = tree.amphorae.filter(({ id, vrrpIp }) => id !== amphora.id && vrrpIp !== null);
  const allocated = others.filter(({ status }) => status === AmphoraStatus.Allocated);
  const left = others.filter(({ status }) => status !== AmphoraStatus.Deleted);
  return (allocated.length > 0 ? allocated : left).map(({ id, vrrpIp }) =>
    ipAddress(vrrpIp, `amphora ${id}: vrrp_ip`),
  );
}
