import type { ApiClient, ApiLoadBalancer } from './api-client.ts';

/** A tenant's load balancer in front of web servers, made step by step as a tenant does. */
export interface BalancedWeb {
  readonly loadBalancer: ApiLoadBalancer;
  readonly listenerId: string;
  readonly poolId: string;
  /** In the order of the servers. */
  readonly memberIds: readonly string[];
  readonly url: string;
  /** `performance.now()` of the request that made it, and of its ACTIVE. */
  readonly createdAtMs: number;
  readonly activeAtMs: number;
}

export interface WebServerAddress {
  readonly name: string;
  readonly address: string;
  readonly port: number;
}

type Created<Noun extends string> = { readonly [Key in Noun]: { readonly id: string } };

const MONITOR = {
  type: 'HTTP',
  delay: 1,
  timeout: 1,
  max_retries: 1,
  max_retries_down: 2,
  url_path: '/',
};

/**
 * @param onLoadBalancer called as soon as the load balancer has an id
 * @throws Error with the API's words when it refuses, or when something goes to ERROR
 */
export async function createBalancedWeb(
  api: ApiClient,
  subnetId: string,
  name: string,
  servers: readonly WebServerAddress[],
  onLoadBalancer: (loadBalancer: ApiLoadBalancer) => void = () => {},
): Promise<BalancedWeb> {
  const createdAtMs = performance.now();
  const created = await api.lbaas<{ loadbalancer: ApiLoadBalancer }>('POST', 'loadbalancers', {
    loadbalancer: { name, vip_subnet_id: subnetId },
  });
  onLoadBalancer(created.loadbalancer);
  const loadBalancer = await api.untilActive(created.loadbalancer.id);
  const activeAtMs = performance.now();
  const { id } = loadBalancer;
  const make = async <Noun extends string>(
    path: string,
    noun: Noun,
    body: object,
  ): Promise<string> => {
    const answer = await api.lbaas<Created<Noun>>('POST', path, { [noun]: body });
    await api.untilActive(id);
    return answer[noun].id;
  };
  const listener = {
    name: `${name}-http`,
    loadbalancer_id: id,
    protocol: 'HTTP',
    protocol_port: 80,
  };
  const listenerId = await make('listeners', 'listener', listener);
  const pool = {
    name: `${name}-web`,
    listener_id: listenerId,
    protocol: 'HTTP',
    lb_algorithm: 'ROUND_ROBIN',
  };
  const poolId = await make('pools', 'pool', pool);
  const monitor = { name: `${name}-check`, pool_id: poolId, ...MONITOR };
  await make('healthmonitors', 'healthmonitor', monitor);
  const memberIds: string[] = [];
  for (const server of servers) {
    const member = { name: server.name, address: server.address, protocol_port: server.port };
    memberIds.push(await make(`pools/${poolId}/members`, 'member', member));
  }
  const url = `http://${loadBalancer.vip_address}/`;
  return { loadBalancer, listenerId, poolId, memberIds, url, createdAtMs, activeAtMs };
}
