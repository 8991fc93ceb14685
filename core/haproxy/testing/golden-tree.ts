import type { Amphora } from '../../domain/amphora.ts';
import type { Topology } from '../../domain/load-balancer.ts';
import type {
  L7PolicyTree,
  ListenerTree,
  LoadBalancerTree,
  PoolTree,
} from '../../domain/load-balancer-tree.ts';
import { type ApiObject, camelCased, under } from './api-object.ts';

/** The objects of a case: those of the API's answers, side by side. */
export interface GoldenObjects {
  readonly loadbalancer: ApiObject;
  readonly amphorae: readonly ApiObject[];
  readonly listeners: readonly ApiObject[];
  readonly pools: readonly ApiObject[];
  readonly members: readonly ApiObject[];
  readonly healthmonitors: readonly ApiObject[];
  readonly l7policies: readonly ApiObject[];
  readonly l7rules: readonly ApiObject[];
}

/** From the API's words and lists of ids to our tree. */
export function treeOf(objects: GoldenObjects, topology: Topology): LoadBalancerTree {
  const { loadbalancer } = objects;
  return {
    ...camelCased(loadbalancer),
    topology,
    vip: vipOf(loadbalancer),
    additionalVips: under(loadbalancer, 'additional_vips').map((vip) => ({
      ...camelCased(vip),
      portId: null,
      networkId: null,
    })),
    listeners: objects.listeners.map((listener) => listenerOf(listener, objects)),
    pools: objects.pools.map((pool) => poolOf(pool, objects)),
    amphorae: objects.amphorae.map((amphora) => camelCased(amphora) as unknown as Amphora),
  } as unknown as LoadBalancerTree;
}

function vipOf(loadbalancer: ApiObject): LoadBalancerTree['vip'] {
  return {
    address: loadbalancer['vip_address'] as string,
    subnetId: loadbalancer['vip_subnet_id'] as string,
    networkId: loadbalancer['vip_network_id'] as string,
    portId: loadbalancer['vip_port_id'] as string,
    qosPolicyId: null,
    securityGroupIds: [],
    vnicType: 'normal',
    isOctaviaOwned: true,
  };
}

function listenerOf(listener: ApiObject, objects: GoldenObjects): ListenerTree {
  const policies = objects.l7policies.filter((policy) => policy['listener_id'] === listener['id']);
  return {
    ...camelCased(listener),
    loadBalancerId: objects.loadbalancer['id'],
    timeoutClientDataMs: listener['timeout_client_data'],
    timeoutMemberConnectMs: listener['timeout_member_connect'],
    timeoutMemberDataMs: listener['timeout_member_data'],
    timeoutTcpInspectMs: listener['timeout_tcp_inspect'],
    hstsMaxAgeSeconds: listener['hsts_max_age'],
    allowedCidrs: listener['allowed_cidrs'] ?? [],
    insertHeaders: listener['insert_headers'],
    l7Policies: policies.map((policy) => policyOf(policy, objects)),
  } as unknown as ListenerTree;
}

function policyOf(policy: ApiObject, objects: GoldenObjects): L7PolicyTree {
  const rules = under(policy, 'rules').map(({ id }) =>
    objects.l7rules.find((rule) => rule['id'] === id),
  );
  return {
    ...camelCased(policy),
    rules: rules
      .filter((rule) => rule !== undefined)
      .map((rule) => ({ ...camelCased(rule), isInverted: rule['invert'] })),
  } as unknown as L7PolicyTree;
}

function poolOf(pool: ApiObject, objects: GoldenObjects): PoolTree {
  const monitor = objects.healthmonitors.find(({ id }) => id === pool['healthmonitor_id']);
  const persistence = pool['session_persistence'] as ApiObject | null;
  return {
    ...camelCased(pool),
    loadBalancerId: objects.loadbalancer['id'],
    sessionPersistence: persistence && {
      ...camelCased(persistence),
      persistenceTimeoutSeconds: persistence['persistence_timeout'],
    },
    healthMonitor: monitor
      ? {
          ...camelCased(monitor),
          delaySeconds: monitor['delay'],
          timeoutSeconds: monitor['timeout'],
        }
      : null,
    members: objects.members
      .filter((member) => member['pool_id'] === pool['id'])
      .map((member) => ({ ...camelCased(member), isBackup: member['backup'] })),
  } as unknown as PoolTree;
}
