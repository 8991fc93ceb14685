import { isInPlace } from '../domain/amphora.ts';
import { Topology } from '../domain/load-balancer.ts';
import type { LoadBalancerTree } from '../domain/load-balancer-tree.ts';
import { endpoint } from './address.ts';
import { refuse } from './escape.ts';
import { peerName } from './peer-name.ts';
import { section } from './section.ts';

/** Constant: the port that is stored with a listener is not what amphorae listen on. */
const PEER_PORT = 1025;

/** Null where no second amphora could share a stick table. */
export function peersName(tree: LoadBalancerTree): string | null {
  return tree.topology === Topology.ActiveStandby ? `${tree.id.replaceAll('-', '')}_peers` : null;
}

/** The amphorae that tell each other which client sticks to which member; empty text where there is only one. */
export function renderPeers(tree: LoadBalancerTree): string {
  const name = peersName(tree);
  if (name === null) return '';
  const inPlace = tree.amphorae.filter(isInPlace);
  return section(
    `peers ${name}`,
    inPlace.map((amphora) => {
      const what = `amphora ${amphora.id}`;
      const address = amphora.vrrpIp ?? refuse(what, 'has no address on the VIP network');
      return `peer ${peerName(amphora.id)} ${endpoint(address, PEER_PORT, what)}`;
    }),
  );
}
