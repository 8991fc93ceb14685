import { setTimeout as delay } from 'node:timers/promises';
import { request } from 'undici';

/** What every object of the API has, as it stands on the wire. */
export interface ApiObject {
  readonly id: string;
  readonly name?: string;
  readonly provisioning_status: string;
  readonly operating_status: string;
}

export interface ApiLoadBalancer extends ApiObject {
  readonly vip_address: string;
  readonly vip_port_id: string;
}

export interface ApiAmphora {
  readonly id: string;
  readonly status: string;
  readonly lb_network_ip: string | null;
  readonly loadbalancer_id: string | null;
}

export interface ApiStatistics {
  readonly bytes_in: number;
  readonly bytes_out: number;
  readonly active_connections: number;
  readonly total_connections: number;
  readonly request_errors: number;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

const POLL_MS = 20;
const REQUEST_TIMEOUT_MS = 30_000;

/** The REST API as a tenant sees it. */
export class ApiClient {
  readonly #baseUrl: string;

  /** @param apiUrl without a path */
  constructor(apiUrl: string) {
    this.#baseUrl = apiUrl;
  }

  /** One request, whatever its outcome. */
  async call(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    body?: unknown,
  ): Promise<ApiAnswer> {
    const response = await request(`${this.#baseUrl}${path}`, {
      method,
      headersTimeout: REQUEST_TIMEOUT_MS,
      bodyTimeout: REQUEST_TIMEOUT_MS,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const text = await response.body.text();
    return { status: response.statusCode, body: text === '' ? {} : JSON.parse(text) };
  }

  /** Below /v2.0/lbaas. @throws Error with the API's own words when it refuses */
  async lbaas<Body>(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    body?: unknown,
  ): Promise<Body> {
    const answer = await this.call(method, `/v2.0/lbaas/${path}`, body);
    if (answer.status >= 400)
      throw new Error(
        `${method} ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`,
      );
    return answer.body as Body;
  }

  async loadBalancer(id: string): Promise<ApiLoadBalancer> {
    return (await this.lbaas<{ loadbalancer: ApiLoadBalancer }>('GET', `loadbalancers/${id}`))
      .loadbalancer;
  }

  async statistics(loadBalancerId: string): Promise<ApiStatistics> {
    return (
      await this.lbaas<{ stats: ApiStatistics }>('GET', `loadbalancers/${loadBalancerId}/stats`)
    ).stats;
  }

  /** Those that serve the load balancer now. */
  async amphorae(loadBalancerId: string): Promise<readonly ApiAmphora[]> {
    const { status, body } = await this.call(
      'GET',
      `/v2.0/octavia/amphorae?loadbalancer_id=${loadBalancerId}`,
    );
    if (status !== 200)
      throw new Error(`listing amphorae answered ${status}: ${JSON.stringify(body)}`);
    return (body as { amphorae: ApiAmphora[] }).amphorae.filter(
      ({ status }) => status === 'ALLOCATED',
    );
  }

  /** Waits until the load balancer takes changes again. @throws Error when it ends in ERROR, or not in time */
  async untilActive(loadBalancerId: string, timeoutMs = 60_000): Promise<ApiLoadBalancer> {
    let last = await this.loadBalancer(loadBalancerId);
    await until(`load balancer ${loadBalancerId} is ACTIVE`, timeoutMs, async () => {
      last = await this.loadBalancer(loadBalancerId);
      if (last.provisioning_status === 'ERROR')
        throw new Error(`load balancer ${loadBalancerId} went to ERROR`);
      return last.provisioning_status === 'ACTIVE';
    });
    return last;
  }

  async untilGone(loadBalancerId: string, timeoutMs = 60_000): Promise<void> {
    await until(`load balancer ${loadBalancerId} is gone`, timeoutMs, async () => {
      const { status } = await this.call('GET', `/v2.0/lbaas/loadbalancers/${loadBalancerId}`);
      return status === 404;
    });
  }
}

/** Asks again and again until it is so. @throws Error naming what did not come true, after the timeout */
export async function until(
  what: string,
  timeoutMs: number,
  isTrue: () => Promise<boolean> | boolean,
): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs;
  while (!(await isTrue())) {
    if (performance.now() > deadlineMs)
      throw new Error(`not within ${timeoutMs / 1000} s: ${what}`);
    await delay(POLL_MS);
  }
}
