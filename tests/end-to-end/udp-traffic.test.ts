import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { joinNetwork, leaveNetwork } from '#drivers/local/tenant.ts';
import { type Asking, UdpTenant } from '../../amphora-agent/testing/udp-tenant.ts';
import { until } from '../../deploy/one-box/demo/api-client.ts';
import type { Scene } from '../../deploy/one-box/demo/scene.ts';
import { TenantServer } from '../../deploy/one-box/demo/tenant-server.ts';
import { visit } from '../../deploy/one-box/demo/traffic.ts';
import { needsRoot, type OwnCloud, ownCloud } from './testing/own-cloud.ts';

const run = promisify(execFile);
const TOLD_TIMEOUT_MS = 60_000;

let cloud: OwnCloud;
let scene: Scene;
let tenant: UdpTenant;
let web: TenantServer;
let namespace: string;
let address: string;
let loadBalancerId: string;
let vip: string;
let udpPool: string;

beforeAll(async () => {
  cloud = await ownCloud('j');
  if (process.getuid?.() !== 0) return;
  scene = await cloud.start();
  namespace = `${scene.options.namePrefix}-dns`;
  const nic = { namespace, networkName: scene.network.name };
  address = (await joinNetwork(scene.options, nic)).address;
  tenant = new UdpTenant(namespace);
  await tenant.serve(address, 9001, 'one');
  await tenant.serve(address, 9002, 'two');
  web = new TenantServer(scene.options, scene.network.name, 'web');
  await web.start();
});
afterAll(async () => {
  tenant?.stop();
  await web?.remove();
  if (namespace !== undefined) {
    await leaveNetwork(scene.options, { namespace, networkName: scene.network.name });
    await run('ip', ['netns', 'delete', namespace]).catch(() => {}); // it was never made
  }
  await cloud.remove();
});
beforeEach(needsRoot);

/** Who answered each of some clients. */
async function ask(times: number, asking: Asking = {}): Promise<readonly string[]> {
  const said: string[] = [];
  while (said.length < times) said.push((await tenant.ask(vip, 53, asking)) ?? 'nobody');
  return said;
}

async function change(method: 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown) {
  const answer = await scene.api.lbaas<Record<string, { id: string }>>(method, path, body);
  await scene.api.untilActive(loadBalancerId);
  return answer;
}

interface Statuses {
  readonly name?: string;
  readonly operating_status: string;
}

async function membersOf(pool: string): Promise<readonly (string | undefined)[]> {
  const { members } = await scene.api.lbaas<{ members: Statuses[] }>(
    'GET',
    `pools/${pool}/members`,
  );
  return members.map((member) => `${member.name} ${member.operating_status}`).toSorted();
}

test('one request makes a load balancer of UDP and HTTP listeners on one VIP, and both serve', async () => {
  const { loadbalancer } = await scene.api.lbaas<{
    loadbalancer: { id: string; vip_address: string; pools: { id: string; name: string }[] };
  }>('POST', 'loadbalancers', {
    loadbalancer: {
      name: 'mixed',
      vip_subnet_id: scene.network.subnetId,
      listeners: [
        {
          protocol: 'UDP',
          protocol_port: 53,
          default_pool: {
            name: 'dns',
            protocol: 'UDP',
            lb_algorithm: 'ROUND_ROBIN',
            members: [
              { name: 'one', address, protocol_port: 9001 },
              { name: 'two', address, protocol_port: 9002 },
            ],
            healthmonitor: {
              type: 'UDP-CONNECT',
              delay: 3,
              timeout: 1,
              max_retries: 1,
              max_retries_down: 1,
            },
          },
        },
        {
          protocol: 'HTTP',
          protocol_port: 53,
          default_pool: {
            name: 'web',
            protocol: 'HTTP',
            lb_algorithm: 'ROUND_ROBIN',
            members: [{ address: web.address, protocol_port: web.port }],
          },
        },
      ],
    },
  });
  ({ id: loadBalancerId, vip_address: vip } = loadbalancer);
  udpPool = loadbalancer.pools.find(({ name }) => name === 'dns')?.id ?? '';
  await scene.api.untilActive(loadBalancerId);
  expect((await ask(6)).toSorted()).toEqual(['one', 'one', 'one', 'two', 'two', 'two']);
  await until('HTTP is served beside UDP', TOLD_TIMEOUT_MS, async () => {
    return (await visit(`http://${vip}:53/`, 1000)).answer === 'web';
  });
  await until('the members are ONLINE', TOLD_TIMEOUT_MS, async () => {
    return String(await membersOf(udpPool)) === 'one ONLINE,two ONLINE';
  });
});

test('a member that no longer listens gets no clients, and the API tells', async () => {
  await tenant.end(9002);
  await until('all clients are sent to the member that is left', TOLD_TIMEOUT_MS, async () => {
    return String(await ask(4)) === 'one,one,one,one';
  });
  await until('the API tells which is down', TOLD_TIMEOUT_MS, async () => {
    return String(await membersOf(udpPool)) === 'one ONLINE,two ERROR';
  });
  await tenant.serve(address, 9002, 'two');
  await until('it is back', TOLD_TIMEOUT_MS, async () => (await ask(4)).includes('two'));
});

test('with SOURCE_IP persistence a client stays with one member', async () => {
  await change('PUT', `pools/${udpPool}`, {
    pool: { session_persistence: { type: 'SOURCE_IP', persistence_timeout: 60 } },
  });
  const said = await ask(6);
  expect(said).toEqual(said.map(() => said[0]));
  expect(said[0]).toMatch(/^(one|two)$/);
});

test('a listener of SCTP, which this kernel lacks, fails alone and the others serve on', async () => {
  const { listener } = await change('POST', 'listeners', {
    listener: { loadbalancer_id: loadBalancerId, protocol: 'SCTP', protocol_port: 53 },
  });
  const { pool } = await change('POST', 'pools', {
    pool: { listener_id: listener?.id, protocol: 'SCTP', lb_algorithm: 'ROUND_ROBIN' },
  });
  const shown = await scene.api.lbaas<{ listener: { provisioning_status: string } }>(
    'GET',
    `listeners/${listener?.id}`,
  );
  expect(shown.listener.provisioning_status).toBe('ERROR');
  const log = await readFile(join(cloud.dataDir, 'logs', 'worker.log'), 'utf8');
  const why = `listener ${listener?.id} is SCTP, which the kernel of this amphora lacks`;
  expect(log.includes(why), why).toBe(true);
  await change('DELETE', `listeners/${listener?.id}`);
  await change('DELETE', `pools/${pool?.id}`);
  expect(await ask(1)).not.toEqual(['nobody']);
});

test('what was sent is counted', async () => {
  await until('the API tells of bytes and connections', TOLD_TIMEOUT_MS, async () => {
    const counted = await scene.api.statistics(loadBalancerId);
    return counted.total_connections >= 16 && counted.bytes_in > 0 && counted.bytes_out > 0;
  });
});

test('a listener that is deleted serves no more, the other one goes on', async () => {
  const { listeners } = await scene.api.lbaas<{ listeners: { id: string; protocol: string }[] }>(
    'GET',
    `listeners?loadbalancer_id=${loadBalancerId}`,
  );
  const udp = listeners.find(({ protocol }) => protocol === 'UDP');
  await change('DELETE', `listeners/${udp?.id}`);
  expect(await ask(1, { timeoutMs: 500 })).toEqual(['nobody']);
  expect((await visit(`http://${vip}:53/`, 5000)).answer).toBe('web');
});
