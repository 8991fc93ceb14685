import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { addressRange, firstAddress } from '#drivers/local/address-range.ts';
import { killAmphora } from '#drivers/local/local-cloud.ts';
import { haproxyNamespaceOf } from '#drivers/local/names.ts';
import { processesOf } from '#drivers/local/namespaces.ts';
import { type ApiLoadBalancer, until } from '../../deploy/one-box/demo/api-client.ts';
import type { Scene } from '../../deploy/one-box/demo/scene.ts';
import {
  download,
  isWithin,
  type Limit,
  MeasuredWeb,
  RunningDownload,
  upload,
} from './testing/measured-web.ts';
import { needsRoot, type OwnCloud, ownCloud } from './testing/own-cloud.ts';
import { untilServing } from './testing/served-web.ts';

const SLOW: Limit = { maxKbps: 8000, maxBurstKbps: 800 };
const IN: Limit = { maxKbps: 16_000, maxBurstKbps: 800 };
const MEGABYTE = 1_000_000;
const CHANGED_TIMEOUT_MS = 60_000;

let cloud: OwnCloud;
let scene: Scene;
let loadBalancer: ApiLoadBalancer;
let url: string;
const web = new MeasuredWeb();

beforeAll(async () => {
  const policies = 'slow=egress:8000:800,in=ingress:16000:800';
  cloud = await ownCloud('i', false, [`--qos-policies=${policies}`]);
  if (process.getuid?.() !== 0) return;
  scene = await cloud.start();
  const range = addressRange(scene.network.cidr);
  if (range === null) throw new Error(`${scene.network.cidr} is no network`);
  const address = firstAddress(range);
  loadBalancer = await createPair(address, await web.start(address));
  url = `http://${loadBalancer.vip_address}/`;
  await untilServing(url);
});

afterAll(async () => {
  await web.stop();
  await cloud.remove();
});

beforeEach(needsRoot);

function policyId(name: string): string {
  const known = scene.state.qosPolicies.find((policy) => policy.name === name);
  if (known === undefined) throw new Error(`the cloud has no QoS policy ${name}`);
  return known.id;
}

async function make(path: string, noun: string, body: object): Promise<string> {
  const made = await scene.api.lbaas<Record<string, { id: string }>>('POST', path, {
    [noun]: body,
  });
  return made[noun]?.id ?? '';
}

async function createPair(address: string, port: number): Promise<ApiLoadBalancer> {
  const profileId = await make('flavorprofiles', 'flavorprofile', {
    name: 'pair',
    provider_name: 'amphora',
    flavor_data: JSON.stringify({ loadbalancer_topology: 'ACTIVE_STANDBY' }),
  });
  const flavor = { name: 'pair', flavor_profile_id: profileId, enabled: true };
  const members = [{ address, protocol_port: port }];
  const pool = { name: 'web', protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', members };
  const id = await make('loadbalancers', 'loadbalancer', {
    vip_subnet_id: scene.network.subnetId,
    vip_qos_policy_id: policyId('slow'),
    flavor_id: await make('flavors', 'flavor', flavor),
    listeners: [{ protocol: 'HTTP', protocol_port: 80, default_pool: pool }],
  });
  return scene.api.untilActive(id);
}

async function obey(name: string | null): Promise<void> {
  const vip_qos_policy_id = name === null ? null : policyId(name);
  const path = `loadbalancers/${loadBalancer.id}`;
  await scene.api.lbaas('PUT', path, { loadbalancer: { vip_qos_policy_id } });
  await scene.api.untilActive(loadBalancer.id);
}

async function expectSlow(): Promise<void> {
  const transfer = await download(url, MEGABYTE);
  expect(transfer.bytes).toBe(MEGABYTE);
  expect(isWithin(transfer, SLOW), JSON.stringify(transfer)).toBe(true);
}

/** By role. */
async function amphoraIds(): Promise<Readonly<Record<string, string>>> {
  const amphorae = await scene.api.amphorae(loadBalancer.id);
  return Object.fromEntries(
    amphorae.map((one) => [(one as typeof one & { role: string }).role, one.id]),
  );
}

/** Masters and workers: a reload makes new workers. */
async function haproxies(): Promise<readonly number[]> {
  const ids = Object.values(await amphoraIds());
  const all = ids.flatMap((id) => processesOf(haproxyNamespaceOf(scene.options.namePrefix, id)));
  return all.filter((pid) => nameOf(pid) === 'haproxy').toSorted((a, b) => a - b);
}

/** Empty: it has ended. */
function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return '';
  }
}

test('a QoS policy that does not exist is refused by its id, at first and later', async () => {
  const gone = randomUUID();
  const place = { vip_subnet_id: scene.network.subnetId, vip_qos_policy_id: gone };
  const path = '/v2.0/lbaas/loadbalancers';
  for (const answer of [
    await scene.api.call('POST', path, { loadbalancer: place }),
    await scene.api.call('PUT', `${path}/${loadBalancer.id}`, {
      loadbalancer: { vip_qos_policy_id: gone },
    }),
  ])
    expect([answer.status, answer.body['faultstring']]).toEqual([
      400,
      `qos_policy ${gone} not found.`,
    ]);
});

test('a load balancer sends no more than its QoS policy allows', expectSlow);

test('another policy, or none, is in force at once, with no reload, also for connections that there are', async () => {
  const before = await haproxies();
  expect(before.length).toBeGreaterThanOrEqual(4);
  const running = new RunningDownload(url);
  await obey(null);
  running.mark();
  await until('it is faster than it was allowed', CHANGED_TIMEOUT_MS, () => {
    return !isWithin(running.sinceMark, SLOW);
  });
  await running.stop();
  await obey('in');
  const sent = await upload(url, MEGABYTE);
  expect(sent.bytes).toBe(MEGABYTE);
  expect(isWithin(sent, IN), JSON.stringify(sent)).toBe(true);
  await until('what it sends is not limited now', CHANGED_TIMEOUT_MS, async () => {
    return !isWithin(await download(url, 2 * MEGABYTE), SLOW);
  });
  await obey('slow');
  await expectSlow();
  expect(await haproxies()).toEqual(before);
});

test('an amphora that takes the place of another has its limit', async () => {
  const { MASTER: master = '', BACKUP: replaced = '' } = await amphoraIds();
  await scene.api.call('PUT', `/v2.0/octavia/amphorae/${replaced}/failover`);
  await until('a replacement stands by', CHANGED_TIMEOUT_MS, async () => {
    const { BACKUP: backup = replaced } = await amphoraIds();
    return backup !== replaced;
  });
  await killAmphora(scene.options, master);
  await untilServing(url);
  await expectSlow();
});
