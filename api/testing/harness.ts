import type { FastifyInstance } from 'fastify';
import { loadConfig } from '#core/config/load.ts';
import * as sections from '#core/config/sections.ts';
import type { Database } from '#core/db/pool.ts';
import type { Logger } from '#core/ports/logger.ts';
import { systemClock } from '#core/service/system-clock.ts';
import { createTestDatabase } from '../../tests/testing/servers.ts';
import { noAuth } from '../auth/none.ts';
import type { ApiContext } from '../context.ts';
import { openPolicy } from '../policy/policy.ts';
import { buildServer } from '../server.ts';
import {
  finishEverything,
  type TestProvider,
  testNetwork,
  testProvider,
} from './in-memory-provider.ts';

export const PROJECT = 'a1b2c3d4e5f6';
export const SUBNET = '22222222-2222-4222-8222-222222222222';

export interface ApiResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  /** The parsed body; tests look into it freely. */
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly json: any;
}

type Verb = 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH' | 'HEAD' | 'OPTIONS';

export interface Api {
  readonly app: FastifyInstance;
  readonly database: Database;
  readonly provider: TestProvider;
  readonly context: ApiContext;
  request(
    method: Verb,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<ApiResponse>;
  get(path: string): Promise<ApiResponse>;
  post(path: string, body: unknown): Promise<ApiResponse>;
  put(path: string, body?: unknown): Promise<ApiResponse>;
  delete(path: string): Promise<ApiResponse>;
  /** Lets the provider finish whatever it was asked. */
  finish(): Promise<void>;
  close(): Promise<void>;
}

const silent: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silent,
};

/** The application on a database of its own, with a provider that finishes when told. */
export async function startApi(config = '', overrides: Partial<ApiContext> = {}): Promise<Api> {
  const own = await createTestDatabase();
  const provider = testProvider();
  const loaded = loadConfig(sections, { name: 'test', text: config }, {}).config;
  const context: ApiContext = {
    config: loaded,
    database: own.database,
    providers: {
      enabled: loaded.apiSettings.enabledProviderDrivers,
      drivers: new Map([
        ['amphora', provider],
        ['octavia', provider],
      ]),
      callTimeoutMs: 5000,
    },
    network: testNetwork(),
    certificates: { getTlsContainer: async () => null, getSecret: async () => null },
    auth: noAuth(null),
    policy: openPolicy(loaded.osloPolicy),
    clock: systemClock,
    logger: silent,
    ...overrides,
  };
  const app = buildServer(context);
  await app.ready();
  const request: Api['request'] = async (method, path, body, headers = {}) => {
    const payload =
      body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
    const answer = await app.inject({
      method,
      url: path.startsWith('/v2') || path === '/' ? path : `/v2/lbaas${path}`,
      headers: {
        'x-project-id': PROJECT,
        ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(payload === undefined ? {} : { payload }),
    });
    return {
      status: answer.statusCode,
      headers: answer.headers,
      text: answer.body,
      json: parsed(answer.body),
    };
  };
  return {
    app,
    database: own.database,
    provider,
    context,
    request,
    get: (path) => request('GET', path),
    post: (path, body) => request('POST', path, body),
    put: (path, body) => request('PUT', path, body),
    delete: (path) => request('DELETE', path),
    finish: () => finishEverything(own.database),
    async close() {
      await app.close();
      await own.close();
    },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** A load balancer in ACTIVE. @returns its id */
export async function activeLoadBalancer(api: Api, attributes: object = {}): Promise<string> {
  const body = { loadbalancer: { name: 'web', vip_subnet_id: SUBNET, ...attributes } };
  const answer = await api.post('/loadbalancers', body);
  if (answer.status !== 201) throw new Error(answer.text);
  await api.finish();
  return answer.json.loadbalancer.id;
}

export async function activeListener(
  api: Api,
  loadBalancerId: string,
  attributes: object = {},
): Promise<string> {
  const listener = {
    loadbalancer_id: loadBalancerId,
    protocol: 'HTTP',
    protocol_port: 80,
    ...attributes,
  };
  return active(api, '/listeners', 'listener', listener);
}

export async function activePool(
  api: Api,
  loadBalancerId: string,
  attributes: object = {},
): Promise<string> {
  const pool = {
    loadbalancer_id: loadBalancerId,
    protocol: 'HTTP',
    lb_algorithm: 'ROUND_ROBIN',
    ...attributes,
  };
  return active(api, '/pools', 'pool', pool);
}

export async function activeMember(
  api: Api,
  poolId: string,
  attributes: object = {},
): Promise<string> {
  const member = { address: '10.0.0.10', protocol_port: 8080, ...attributes };
  return active(api, `/pools/${poolId}/members`, 'member', member);
}

export async function activeHealthMonitor(
  api: Api,
  poolId: string,
  attributes: object = {},
): Promise<string> {
  const monitor = {
    pool_id: poolId,
    type: 'HTTP',
    delay: 5,
    timeout: 3,
    max_retries: 2,
    ...attributes,
  };
  return active(api, '/healthmonitors', 'healthmonitor', monitor);
}

export async function activeL7Policy(
  api: Api,
  listenerId: string,
  attributes: object = {},
): Promise<string> {
  const policy = { listener_id: listenerId, action: 'REJECT', ...attributes };
  return active(api, '/l7policies', 'l7policy', policy);
}

export async function activeL7Rule(
  api: Api,
  policyId: string,
  attributes: object = {},
): Promise<string> {
  const rule = { type: 'PATH', compare_type: 'STARTS_WITH', value: '/app', ...attributes };
  return active(api, `/l7policies/${policyId}/rules`, 'rule', rule);
}

async function active(api: Api, path: string, root: string, attributes: object): Promise<string> {
  const answer = await api.post(path, { [root]: attributes });
  if (answer.status !== 201) throw new Error(answer.text);
  await api.finish();
  return answer.json[root].id;
}
