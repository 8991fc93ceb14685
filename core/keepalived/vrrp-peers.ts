import { type Amphora, isInPlace } from '../domain/amphora.ts';
import type { LoadBalancerTree } from '../domain/load-balancer-tree.ts';
import { AmphoraStatus } from '../domain/status.ts';
import { ipAddress } from './word.ts';

/**
 * To whom an amphora says that it lives: the others in place, or, while there is none, those that are written off.
 * One of them may only be unheard, and without any peer keepalived speaks to the whole network, where every load
 * balancer is router 1.
 */
export function peersOf(amphora: Amphora, tree: LoadBalancerTree): readonly string[] {
  const others = tree.amphorae.filter(({ id, vrrpIp }) => id !== amphora.id && vrrpIp !== null);
  const inPlace = others.filter(isInPlace);
  const left = others.filter(({ status }) => status !== AmphoraStatus.Deleted);
  return (inPlace.length > 0 ? inPlace : left).map(({ id, vrrpIp }) =>
    ipAddress(vrrpIp, `amphora ${id}: vrrp_ip`),
  );
}
