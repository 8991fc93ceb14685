import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { loadProviders } from '../../api/provider-packages.ts';
import { type Api, SUBNET, startApi } from '../../api/testing/harness.ts';
import { statusHandler } from '../../driver-agent/handlers.ts';
import { openSocketMetrics } from '../../driver-agent/metrics.ts';
import { AgentSocket } from '../../driver-agent/socket.ts';
import { noopNetwork } from '../noop/network.ts';

// The package has a scope of its own: no `#drivers` here. The whole way of a provider that is not ours: package → API → its agent → our driver agent → statuses.

let api: Api;
let folder: string;
let socket: AgentSocket;
let agent: { close(): Promise<void> };
const failures: unknown[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'octavia-example-'));
  api = await startApi(
    '[api_settings]\nenabled_provider_drivers = example: shows how\nprovider_driver_packages = example: octavia-example-provider\n',
    { network: noopNetwork() },
  );
  const { context } = api;
  const settings = {
    ...context.config.apiSettings,
    providerDriverPackages: { example: import.meta.dirname },
  };
  const drivers = await loadProviders(
    settings,
    {},
    { logger: context.logger, loadTimeoutMs: 5000 },
  );
  for (const [name, driver] of drivers)
    (context.providers.drivers as Map<string, object>).set(name, driver);

  const statusSocket = join(folder, 'status.sock');
  const { database, network, logger } = context;
  socket = new AgentSocket({
    name: 'status',
    path: statusSocket,
    requestsMax: 5,
    timeoutMs: 5000,
    handler: statusHandler({ database, network, logger }),
    logger,
    metrics: openSocketMetrics(new Registry()),
  });
  await socket.start();
  const { startAgent } = (await import(join(import.meta.dirname, 'agent.mjs'))) as {
    startAgent: (options: object) => Promise<typeof agent>;
  };
  agent = await startAgent({
    database: String(api.database.options.connectionString),
    statusSocket,
    failed: (error: unknown) => failures.push(error),
  });
});
afterEach(() => expect(failures).toEqual([]));
afterAll(async () => {
  await agent?.close();
  await socket?.stop();
  await api?.close();
  await rm(folder, { recursive: true, force: true });
});

const create = (attributes: object = {}) =>
  api.post('/loadbalancers', {
    loadbalancer: { vip_subnet_id: SUBNET, provider: 'example', ...attributes },
  });
const statusOf = async (path: string, root: string): Promise<string> => {
  const answer = await api.get(path);
  return answer.status === 404 ? 'gone' : answer.json[root].provisioning_status;
};

async function becomes(path: string, root: string, status: string): Promise<void> {
  await expect.poll(() => statusOf(path, root)).toBe(status);
}

test('a load balancer and its listener live and die by the reports of the package’s agent', async () => {
  const made = await create({ listeners: [{ protocol: 'TCP', protocol_port: 80 }] });
  expect(made.status, made.text).toBe(201);
  const { id, listeners } = made.json.loadbalancer;
  const path = `/loadbalancers/${id}`;
  await becomes(path, 'loadbalancer', 'ACTIVE');
  expect(await statusOf(`/listeners/${listeners[0].id}`, 'listener')).toBe('ACTIVE');
  expect((await api.get(path)).json.loadbalancer.operating_status).toBe('ONLINE');

  expect((await api.delete(`/listeners/${listeners[0].id}`)).status).toBe(204);
  await becomes(`/listeners/${listeners[0].id}`, 'listener', 'gone');
  await becomes(path, 'loadbalancer', 'ACTIVE');
  expect((await api.delete(path)).status).toBe(204);
  await becomes(path, 'loadbalancer', 'gone');
});

test('what the package does not have is a 501 that leaves everything as it was', async () => {
  const { id } = (await create()).json.loadbalancer;
  await becomes(`/loadbalancers/${id}`, 'loadbalancer', 'ACTIVE');
  const pool = await api.post('/pools', {
    pool: { loadbalancer_id: id, protocol: 'TCP', lb_algorithm: 'SOURCE_IP' },
  });
  expect([pool.status, pool.json.faultstring]).toEqual([
    501,
    "Provider 'example' does not support a requested action: This provider does not support creating pools.",
  ]);
  const failover = await api.put(`/loadbalancers/${id}/failover`);
  expect([failover.status, failover.json.faultstring]).toEqual([
    501,
    "Provider 'example' does not support a requested action: it has nothing to fail over to",
  ]);
  expect(await statusOf(`/loadbalancers/${id}`, 'loadbalancer')).toBe('ACTIVE');
});

test('flavors of the package are checked by the package', async () => {
  const profile = (flavor_data: object) =>
    api.post('/flavorprofiles', {
      flavorprofile: {
        name: 'p',
        provider_name: 'example',
        flavor_data: JSON.stringify(flavor_data),
      },
    });
  expect((await profile({ size: 'large' })).status).toBe(201);
  const wrong = await profile({ size: 'huge' });
  expect([wrong.status, wrong.json.faultstring]).toEqual([
    501,
    'Provider \'example\' does not support a requested option: size "huge"; size may be small or large',
  ]);
  const capabilities = await api.get('/providers/example/flavor_capabilities');
  expect(capabilities.json).toEqual({
    flavor_capabilities: [{ name: 'size', description: 'How large it is. One of: small, large' }],
  });
});
