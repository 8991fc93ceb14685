import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { processesOf } from '#drivers/local/namespaces.ts';
import { ask, received } from './testing/client.ts';
import { type DataPlane, openDataPlane } from './testing/data-plane.ts';
import { partsOf } from './testing/service.ts';
import { startTenantMachine } from './testing/tenant-machine.ts';
import { listenerOf } from './testing/tree.ts';
import { PORTS, WEB_SERVERS } from './testing/web-servers.ts';

const METRICS = 9100;
// A busy machine may take its time.
const SOON = { interval: 100 };

let plane: DataPlane;
let parts: ReturnType<typeof partsOf>;
beforeAll(async () => {
  plane = await openDataPlane();
  const { options, networkName, loadBalancerId } = plane;
  const { address } = await startTenantMachine(options, networkName, 'web', WEB_SERVERS);
  const members = [{ protocolPort: PORTS.one }, { protocolPort: PORTS.closed }];
  const services = [{ port: 80, members, monitor: { type: 'TCP' as const } }];
  parts = partsOf(loadBalancerId, address, services);
  await plane.apply(withMetrics());
});
afterAll(() => plane?.close());

function withMetrics(): typeof parts {
  const listener = listenerOf(plane.loadBalancerId, METRICS, { protocol: 'PROMETHEUS' });
  return { ...parts, listeners: [...parts.listeners, listener] };
}

/** Empty while there are none. */
async function metrics(path = '/metrics'): Promise<string> {
  const { status, body } = await ask(`http://${plane.vip}:${METRICS}${path}`);
  return status === 200 ? body : '';
}

function proxies(): readonly number[] {
  return processesOf(plane.paths.haproxyNamespace).filter((pid) =>
    readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('prometheus-proxy'),
  );
}

test('a PROMETHEUS listener answers with the metrics of the load balancer, by Octavia’s names', async () => {
  await expect.poll(() => metrics(), SOON).toContain('octavia_listener_');
  for (let request = 0; request < 3; request++) await received(`http://${plane.vip}/`);
  const [listenerId, pool] = [parts.listeners[0]?.id, parts.pools[0]];
  const backend = `${pool?.id}:${listenerId}`;
  const down = `octavia_member_status{pool="${backend}",member="${pool?.members[1]?.id}",state="DOWN"} 1`;
  await expect.poll(() => metrics(), SOON).toContain(down);
  const text = await metrics();
  expect(text).toContain(`octavia_listener_http_requests_total{listener="${listenerId}"} 3`);
  expect(text).toContain(`octavia_pool_active_members{pool="${backend}"} 1`);
  expect(text).toMatch(/^octavia_loadbalancer_cpu \d+\.\d$/m);
  expect(text).toMatch(/^octavia_loadbalancer_memory \d+\.\d$/m);
  expect(text).not.toMatch(/haproxy_|prometheus-exporter/);
});

test('any path and only GET is answered, in the format that Prometheus reads', async () => {
  const url = `http://${plane.vip}:${METRICS}/`;
  const { headers, body } = await ask(url);
  expect(headers['content-type']).toBe('text/plain; version=0.0.4');
  expect(headers['cache-control']).toBe('no-cache');
  for (const line of body.trimEnd().split('\n'))
    expect(line).toMatch(
      /^(# (HELP|TYPE) octavia_\w+ .+|octavia_\w+({[^}]+})? (-?[\d.]+(e[+-]?\d+)?|NaN))$/,
    );
  expect((await ask(url, {}, { method: 'POST' })).status).toBe(405);
});

test('it is still answered after a reload, and when its proxy was killed', async () => {
  await plane.apply(withMetrics());
  await expect.poll(() => metrics(), SOON).toContain('octavia_listener_');
  const [pid = 0] = proxies();
  process.kill(pid, 'SIGKILL');
  await expect.poll(() => metrics(), SOON).toContain('octavia_listener_');
  expect(proxies()).not.toContain(pid);
});

test('without such a listener there is no proxy', async () => {
  expect(proxies()).toHaveLength(1);
  await plane.apply(parts);
  await expect.poll(proxies, SOON).toEqual([]);
});
