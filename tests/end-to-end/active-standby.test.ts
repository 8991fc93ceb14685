import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { localAmphoraPaths } from '#drivers/local/amphora-paths.ts';
import { killAmphora } from '#drivers/local/local-cloud.ts';
import { machineNamespaceOf } from '#drivers/local/names.ts';
import { run } from '../../amphora-agent/testing/command.ts';
import {
  type ApiAmphora,
  type ApiLoadBalancer,
  until,
} from '../../deploy/one-box/demo/api-client.ts';
import type { Scene } from '../../deploy/one-box/demo/scene.ts';
import { takeDown } from '../../deploy/one-box/demo/take-down.ts';
import { TenantServer } from '../../deploy/one-box/demo/tenant-server.ts';
import { lost, Traffic, type Visit } from '../../deploy/one-box/demo/traffic.ts';
import { needsRoot, type OwnCloud, ownCloud } from './testing/own-cloud.ts';
import { untilServing } from './testing/served-web.ts';

const HEALED_TIMEOUT_MS = 60_000;

let cloud: OwnCloud;
let scene: Scene;
let loadBalancer: ApiLoadBalancer;
let url: string;

beforeAll(async () => {
  cloud = await ownCloud('m');
  if (process.getuid?.() !== 0) return;
  scene = await cloud.start();
  const server = new TenantServer(scene.options, scene.network.name, 'pair-1');
  await server.start();
  loadBalancer = await createPair(server);
  url = `http://${loadBalancer.vip_address}/`;
});

afterAll(async () => {
  await cloud.remove();
});

beforeEach(needsRoot);

/** As tenants do it: with the operator's flavor, and everything in one request. */
async function createPair({ address, port }: TenantServer): Promise<ApiLoadBalancer> {
  const { api, network } = scene;
  const { flavorprofile } = await api.lbaas<{ flavorprofile: { id: string } }>(
    'POST',
    'flavorprofiles',
    {
      flavorprofile: {
        name: 'pair',
        provider_name: 'amphora',
        flavor_data: JSON.stringify({ loadbalancer_topology: 'ACTIVE_STANDBY' }),
      },
    },
  );
  const { flavor } = await api.lbaas<{ flavor: { id: string } }>('POST', 'flavors', {
    flavor: { name: 'pair', flavor_profile_id: flavorprofile.id, enabled: true },
  });
  const member = { address, protocol_port: port };
  const pool = { name: 'web', protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', members: [member] };
  const listener = { protocol: 'HTTP', protocol_port: 80, default_pool: pool };
  const { loadbalancer } = await api.lbaas<{ loadbalancer: ApiLoadBalancer }>(
    'POST',
    'loadbalancers',
    {
      loadbalancer: {
        vip_subnet_id: network.subnetId,
        flavor_id: flavor.id,
        listeners: [listener],
      },
    },
  );
  return api.untilActive(loadbalancer.id);
}

type Paired = ApiAmphora & { readonly role: string; readonly vrrp_interface: string | null };

async function pair(): Promise<readonly Paired[]> {
  return (await scene.api.amphorae(loadBalancer.id)) as readonly Paired[];
}

function rolesOf(amphorae: readonly Paired[]): readonly string[] {
  return amphorae.map(({ role }) => role).toSorted();
}

async function isPending(): Promise<boolean> {
  const { provisioning_status: status } = await scene.api.loadBalancer(loadBalancer.id);
  return status.startsWith('PENDING');
}

async function poolId(): Promise<string> {
  const { pools } = await scene.api.lbaas<{ pools: readonly { id: string }[] }>(
    'GET',
    `pools?loadbalancer_id=${loadBalancer.id}`,
  );
  return pools[0]?.id ?? '';
}

/** Whether that amphora's HAProxy was given the member. */
async function knows(amphoraId: string, address: string): Promise<boolean> {
  const { basePath } = localAmphoraPaths(scene.options, amphoraId);
  const config = await readFile(join(basePath, loadBalancer.id, 'haproxy.cfg'), 'utf8');
  return config.includes(`${address}:`);
}

/** Workers do not reach it any more; it serves, and is heard as ever. */
async function cutAgentOff(amphoraId: string): Promise<void> {
  const rules = 'type filter hook input priority 0; tcp dport 9443 drop;';
  await nft(amphoraId, `table inet cut { chain agent { ${rules} }; }`);
}

async function reachAgentAgain(amphoraId: string): Promise<void> {
  await nft(amphoraId, 'delete table inet cut');
}

async function nft(amphoraId: string, command: string): Promise<void> {
  const namespace = machineNamespaceOf(scene.options.namePrefix, amphoraId);
  await run('ip', 'netns', 'exec', namespace, 'nft', command);
}

/** One that is busy may miss a visitor while the VIP moves; a VIP that is gone until somebody mends it misses half of them. */
function expectUp(visits: readonly Visit[]): void {
  expect(visits.length).toBeGreaterThan(20);
  expect(lost(visits) / visits.length).toBeLessThan(0.25);
}

test('a load balancer of a pair serves from two amphorae, one in each role', async () => {
  await untilServing(url);
  expect(rolesOf(await pair())).toEqual(['BACKUP', 'MASTER']);
});

test('the death of its MASTER is made good by the BACKUP before anybody else notices, and then healed', async () => {
  const before = await pair();
  const master = before.find(({ role }) => role === 'MASTER');
  const traffic = new Traffic({ url, perSecond: 40, timeoutMs: 5000 });
  traffic.start();
  await killAmphora(scene.options, master?.id ?? '');
  const killedAtMs = performance.now();
  await untilServing(url);
  expect(await isPending()).toBe(false);
  const servedAgainAtMs = performance.now();
  await until('a replacement serves', HEALED_TIMEOUT_MS, async () => {
    const now = await pair();
    return now.length === 2 && now.every(({ id }) => id !== master?.id) && !(await isPending());
  });
  await traffic.stop();
  process.stdout.write(
    `served again after ${Math.round(servedAgainAtMs - killedAtMs)} ms, healed after ${Math.round(performance.now() - killedAtMs)} ms, lost ${lost(traffic.between(killedAtMs))} of ${traffic.between(killedAtMs).length}\n`,
  );
  expect(rolesOf(await pair())).toEqual(['BACKUP', 'MASTER']);
  expectUp(traffic.between(servedAgainAtMs));
});

test('while one of a pair cannot be told, a change is in force by the other, and reaches it once it can', async () => {
  const [reached, cutOff] = await pair();
  await cutAgentOff(cutOff?.id ?? '');
  const startedAtMs = performance.now();
  const address = '10.123.192.77';
  await scene.api.lbaas('POST', `pools/${await poolId()}/members`, {
    member: { address, protocol_port: 80, weight: 0 },
  });
  await scene.api.untilActive(loadBalancer.id, HEALED_TIMEOUT_MS);
  process.stdout.write(`changed by one in ${Math.round(performance.now() - startedAtMs)} ms\n`);
  expect(await knows(reached?.id ?? '', address)).toBe(true);
  await reachAgentAgain(cutOff?.id ?? '');
  await until('both have the member', HEALED_TIMEOUT_MS, async () => {
    const known = await Promise.all((await pair()).map(({ id }) => knows(id, address)));
    return known.length === 2 && !known.includes(false);
  });
  await scene.api.untilActive(loadBalancer.id, HEALED_TIMEOUT_MS);
});

test('an administrator fails it over: both amphorae are new, and it serves meanwhile', async () => {
  const before = (await pair()).map(({ id }) => id);
  const traffic = new Traffic({ url, perSecond: 40, timeoutMs: 5000 });
  traffic.start();
  const startedAtMs = performance.now();
  await scene.api.lbaas('PUT', `loadbalancers/${loadBalancer.id}/failover`);
  await scene.api.untilActive(loadBalancer.id, HEALED_TIMEOUT_MS);
  await traffic.stop();
  const visits = traffic.between(startedAtMs);
  process.stdout.write(
    `failed over in ${Math.round(performance.now() - startedAtMs)} ms, lost ${lost(visits)} of ${visits.length}\n`,
  );
  expectUp(visits);
  const after = await pair();
  expect(rolesOf(after)).toEqual(['BACKUP', 'MASTER']);
  expect(after.map((amphora) => amphora.vrrp_interface)).toEqual(['eth1', 'eth1']);
  expect(after.filter(({ id }) => before.includes(id))).toEqual([]);
  await untilServing(url);
  await takeDown(scene, loadBalancer.id);
});
