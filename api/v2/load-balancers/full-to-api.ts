import {
  type LoadBalancerTree,
  type PoolTree,
  poolIdsUsedBy,
} from '#core/domain/load-balancer-tree.ts';
import { reference } from '../../to-api.ts';
import { healthMonitorOwnToApi } from '../health-monitors/show.ts';
import { fullListenerToApi } from '../listeners/show.ts';
import { memberToApi } from '../members/show.ts';
import { poolOwnToApi } from '../pools/show.ts';
import { loadBalancerToApi } from './to-api.ts';

/** The answer to a creation: children in full, each without what only points back. */
export function fullToApi(tree: LoadBalancerTree) {
  const { vip, ...own } = tree;
  const flat = {
    ...own,
    vipAddress: vip.address,
    vipSubnetId: vip.subnetId,
    vipNetworkId: vip.networkId,
    vipPortId: vip.portId,
    vipQosPolicyId: vip.qosPolicyId,
    vipSecurityGroupIds: vip.securityGroupIds,
    vipVnicType: vip.vnicType,
    vipIsOctaviaOwned: vip.isOctaviaOwned,
    listenerIds: [],
    poolIds: [],
  };
  return {
    ...loadBalancerToApi(flat),
    listeners: tree.listeners.map(fullListenerToApi),
    pools: tree.pools.map((pool) => fullPoolToApi(pool, tree)),
  };
}

function fullPoolToApi(pool: PoolTree, tree: LoadBalancerTree) {
  const using = tree.listeners.filter((listener) => poolIdsUsedBy(listener).includes(pool.id));
  return {
    ...poolOwnToApi(pool),
    listeners: using.map((listener) => reference(listener.id)),
    members: pool.members.map(memberToApi),
    healthmonitor: pool.healthMonitor === null ? null : healthMonitorOwnToApi(pool.healthMonitor),
  };
}
