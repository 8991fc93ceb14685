import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { killAmphora } from '#drivers/local/local-cloud.ts';
import { type ApiLoadBalancer, until } from '../../deploy/one-box/demo/api-client.ts';
import type { Scene } from '../../deploy/one-box/demo/scene.ts';
import { takeDown } from '../../deploy/one-box/demo/take-down.ts';
import { lost, Traffic } from '../../deploy/one-box/demo/traffic.ts';
import { needsRoot, type OwnCloud, ownCloud, pidOf } from './testing/own-cloud.ts';
import { type ServedWeb, serveWeb, untilServing } from './testing/served-web.ts';
import { sendDatagrams, strangersDatagrams } from './testing/strangers.ts';

const RESTART_TIMEOUT_MS = 60_000;
const END_TIMEOUT_MS = 120_000;

let cloud: OwnCloud;
let scene: Scene;
let web: ServedWeb;

beforeAll(async () => {
  cloud = await ownCloud('c');
  if (process.getuid?.() !== 0) return;
  scene = await cloud.start();
  web = await serveWeb(scene, 'outage');
});

afterAll(async () => {
  await cloud.remove();
});

beforeEach(needsRoot);

/** SIGKILL, and then the supervisor's own work: waits for another process that is ready. */
async function killAndAwaitNext(name: string): Promise<void> {
  const pid = pidOf(cloud, name);
  process.kill(pid, 'SIGKILL');
  await until(`the supervisor started ${name} again`, RESTART_TIMEOUT_MS, () => {
    try {
      return pidOf(cloud, name) !== pid;
    } catch {
      return false;
    }
  });
  await until('the API answers', RESTART_TIMEOUT_MS, async () => {
    const answer = await scene.api.call('GET', '/v2.0/lbaas/loadbalancers').catch(() => null);
    return answer?.status === 200;
  });
}

/** Longer than an amphora may be silent: who would fail over because of an outage has done so by then. */
async function outlastHeartbeatTimeout(): Promise<void> {
  await delay((scene.state.heartbeatTimeoutSeconds + 4) * 1000);
}

async function amphoraIds(): Promise<readonly string[]> {
  return (await scene.api.amphorae(web.loadBalancer.id)).map(({ id }) => id);
}

async function startLoadBalancer(name: string): Promise<string> {
  const { loadbalancer } = await scene.api.lbaas<{ loadbalancer: ApiLoadBalancer }>(
    'POST',
    'loadbalancers',
    { loadbalancer: { name, vip_subnet_id: scene.network.subnetId } },
  );
  return loadbalancer.id;
}

/** Waits for the end of what is under way. @returns ACTIVE or ERROR */
async function untilSettled(id: string): Promise<string> {
  let status = 'PENDING';
  await until(`load balancer ${id} is no longer PENDING`, END_TIMEOUT_MS, async () => {
    status = await scene.api.loadBalancer(id).then(
      (found) => found.provisioning_status,
      () => 'PENDING', // the API is away too
    );
    return !status.startsWith('PENDING');
  });
  return status;
}

/** Where amphorae are told to report. */
function heartbeatTarget(): string {
  const conf = readFileSync(scene.state.configFile, 'utf8');
  return /^controller_ip_port_list = (\S+)$/m.exec(conf)?.[1] ?? '';
}

test.for(['postgresql', 'redis', 'health-ingest'])(
  '%s killed: traffic goes on, it comes back, and no failover follows',
  async (name) => {
    const before = await amphoraIds();
    const traffic = new Traffic({ url: web.url, perSecond: 20, timeoutMs: 5000 });
    traffic.start();
    await killAndAwaitNext(name);
    await outlastHeartbeatTimeout();
    await traffic.stop();
    expect(lost(traffic.between(0))).toBe(0);
    expect(traffic.between(0).length).toBeGreaterThan(50);
    expect(await amphoraIds()).toEqual(before);
    expect(await untilSettled(web.loadBalancer.id)).toBe('ACTIVE');
  },
);

test.for(['postgresql', 'worker'])(
  '%s killed during a flow: it ends ACTIVE or ERROR',
  async (name) => {
    const id = await startLoadBalancer(`during-${name}`);
    await until('the amphora is being made', RESTART_TIMEOUT_MS, async () => {
      const found = await scene.database.query(`select from amphora where load_balancer_id = $1`, [
        id,
      ]);
      return found.rowCount === 1;
    });
    await killAndAwaitNext(name);
    expect(await untilSettled(id)).toMatch(/^(ACTIVE|ERROR)$/);
    await takeDown(scene, id);
  },
);

test('the API killed: it answers again, and knows what it knew', async () => {
  await killAndAwaitNext('api');
  const found = await scene.api.loadBalancer(web.loadBalancer.id);
  expect(found.provisioning_status).toBe('ACTIVE');
});

test.for(['housekeeping', 'driver-agent'])('%s killed: it is started again', async (name) => {
  await killAndAwaitNext(name);
  const url = scene.state.telemetryUrls[name] ?? '';
  await until(`${name} is ready`, RESTART_TIMEOUT_MS, async () => {
    const answer = await fetch(`${url}/readyz`).catch(() => null);
    return answer?.status === 200;
  });
  expect(pidOf(cloud, name)).toBeGreaterThan(1);
});

test('of two clients that change one load balancer at once, one is told 409 and nothing is stuck', async () => {
  const { id } = web.loadBalancer;
  const create = (port: number) =>
    scene.api.call('POST', '/v2.0/lbaas/listeners', {
      listener: { loadbalancer_id: id, protocol: 'HTTP', protocol_port: port },
    });
  const answers = await Promise.all([create(8081), create(8082)]);
  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409]);
  expect(JSON.stringify(answers.map(({ body }) => body))).toContain('immutable');
  await scene.api.untilActive(id);
  const { listeners } = await scene.api.lbaas<{ listeners: { protocol_port: number }[] }>(
    'GET',
    `listeners?load_balancer_id=${id}`,
  );
  expect(listeners).toHaveLength(2);
});

test('strangers at the heartbeat port change nothing, and are counted', async () => {
  const before = await scene.api.loadBalancer(web.loadBalancer.id);
  await sendDatagrams(heartbeatTarget(), strangersDatagrams(cloud.dataDir));
  await outlastHeartbeatTimeout();
  expect(await scene.api.loadBalancer(web.loadBalancer.id)).toEqual(before);
  const metrics = await (
    await fetch(`${scene.state.telemetryUrls['health-ingest']}/metrics`)
  ).text();
  const dropped = [...metrics.matchAll(/^octavia_heartbeats_dropped_total\{.*\} (\d+)$/gm)];
  expect(dropped.reduce((sum, [, count]) => sum + Number(count), 0)).toBeGreaterThan(100); // the kernel may have had no room for some
});

test('after all these outages an amphora that really dies is failed over', async () => {
  const { id } = web.loadBalancer;
  const [victim] = await amphoraIds();
  if (victim === undefined) throw new Error(`load balancer ${id} has no amphora`);
  await killAmphora(scene.options, victim);
  await until('another amphora serves', END_TIMEOUT_MS, async () => {
    const ids = await amphoraIds();
    return ids.length === 1 && ids[0] !== victim;
  });
  await scene.api.untilActive(id);
  await untilServing(web.url);
});
