import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { parseServersState } from '../../amphora-agent/apply/haproxy-servers-state.ts';
import { askHaproxy } from '../../amphora-agent/runtime-socket.ts';
import type { Scene } from '../../deploy/one-box/demo/scene.ts';
import { TenantServer } from '../../deploy/one-box/demo/tenant-server.ts';
import { KeepAliveTraffic } from './testing/keep-alive-traffic.ts';
import { needsRoot, type OwnCloud, ownCloud } from './testing/own-cloud.ts';
import {
  type Chaos,
  changeSomething,
  membersOf,
  monitorOf,
  randomNumbers,
} from './testing/random-changes.ts';
import { untilServing } from './testing/served-web.ts';

/** Three minutes: `CHAOS_SECONDS=180`; other changes: `CHAOS_SEED`. */
const SECONDS = Number(process.env['CHAOS_SECONDS'] ?? 15);
const SEED = Number(process.env['CHAOS_SEED'] ?? 1);
const REQUESTS_PER_SECOND = 100;
/** How long a request is tried that was sent to a member which is not there. */
const KILL_SHADOW_MS = 5000;

let cloud: OwnCloud;
let scene: Scene;
let servers: readonly TenantServer[] = [];

beforeAll(async () => {
  cloud = await ownCloud('l');
  if (process.getuid?.() !== 0) return;
  scene = await cloud.start();
  servers = ['one', 'two', 'three'].map(
    (name) => new TenantServer(scene.options, scene.network.name, name),
  );
  for (const server of servers) await server.start();
});
afterAll(async () => {
  for (const server of servers) await server.remove();
  await cloud.remove();
});
beforeEach(needsRoot);

interface Created {
  readonly loadbalancer: {
    readonly id: string;
    readonly vip_address: string;
    readonly listeners: readonly { id: string }[];
    readonly pools: readonly { id: string }[];
  };
}

async function createChaos(): Promise<Chaos & { readonly url: string }> {
  const [anchor, ...others] = servers as [TenantServer, ...TenantServer[]];
  const default_pool = {
    name: 'chaos',
    protocol: 'HTTP',
    lb_algorithm: 'ROUND_ROBIN',
    healthmonitor: { type: 'HTTP', delay: 1, timeout: 1, max_retries: 2 },
    members: servers.map(({ address, port }) => ({ address, protocol_port: port })),
  };
  const { loadbalancer } = await scene.api.lbaas<Created>('POST', 'loadbalancers', {
    loadbalancer: {
      name: 'chaos',
      vip_subnet_id: scene.network.subnetId,
      listeners: [{ protocol: 'HTTP', protocol_port: 80, default_pool }],
    },
  });
  const { id: loadBalancerId, vip_address } = loadbalancer;
  await scene.api.untilActive(loadBalancerId);
  const url = `http://${vip_address}/`;
  await untilServing(url);
  const listenerId = loadbalancer.listeners[0]?.id ?? '';
  const poolId = loadbalancer.pools[0]?.id ?? '';
  const random = randomNumbers(SEED);
  return { scene, loadBalancerId, listenerId, poolId, anchor, others, random, url };
}

interface Picture {
  readonly frontends: readonly string[];
  readonly connectionLimit: number;
  /** Address → what its member is like. */
  readonly members: Readonly<Record<string, unknown>>;
}

async function storedPicture(chaos: Chaos): Promise<Picture> {
  const { listener } = await scene.api.lbaas<{ listener: { connection_limit: number } }>(
    'GET',
    `listeners/${chaos.listenerId}`,
  );
  const isChecked = (await monitorOf(chaos)) !== null;
  const members = (await membersOf(chaos)).map(
    ({ address, protocol_port, weight, admin_state_up, backup, id }) => [
      `${address}:${protocol_port}`,
      { name: id, weight, isInMaintenance: !admin_state_up, isChecked, isBackup: backup },
    ],
  );
  const { connection_limit: limit } = listener;
  return {
    frontends: [chaos.listenerId],
    connectionLimit: limit === -1 ? 50_000 : limit,
    members: Object.fromEntries(members),
  };
}

async function runningPicture(chaos: Chaos): Promise<Picture> {
  const [amphora] = await scene.api.amphorae(chaos.loadBalancerId);
  const socket = `/run/${cloud.namePrefix}-lb/${amphora?.id}/${chaos.loadBalancerId}.sock`;
  const rows = statRows(await askHaproxy(socket, 'show stat'));
  const backend = `${chaos.poolId}:${chaos.listenerId}`;
  const servers = parseServersState(await askHaproxy(socket, 'show servers state'));
  const members = servers
    .filter((server) => server.backend === backend)
    .map(({ name, address, port, weight, isInMaintenance, isChecked }) => {
      const row = rows.find(({ pxname, svname }) => pxname === backend && svname === name);
      const isBackup = row?.['bck'] === '1';
      return [`${address}:${port}`, { name, weight, isInMaintenance, isChecked, isBackup }];
    });
  const frontends = rows.filter(({ svname }) => svname === 'FRONTEND');
  return {
    frontends: frontends.map(({ pxname = '' }) => pxname),
    connectionLimit: Number(frontends[0]?.['slim']),
    members: Object.fromEntries(members),
  };
}

function statRows(csv: string): readonly Readonly<Record<string, string>>[] {
  const [head = '', ...lines] = csv.replace(/^# /, '').trim().split('\n');
  const columns = head.split(',');
  return lines.map((line) => {
    const fields = line.split(',');
    return Object.fromEntries(columns.map((column, index) => [column, fields[index] ?? '']));
  });
}

test(
  'whatever the API is asked to change under traffic, no request fails and HAProxy ends as the API says',
  async () => {
    const chaos = await createChaos();
    const done: string[] = [];
    const traffic = new KeepAliveTraffic(chaos.url, REQUESTS_PER_SECOND);
    const endMs = performance.now() + SECONDS * 1000;
    const [victim] = chaos.others;
    let killedMs: number | null = null;
    let backMs = Number.POSITIVE_INFINITY;
    while (performance.now() < endMs) {
      done.push(await changeSomething(chaos));
      if (killedMs !== null) {
        await victim?.start();
        backMs = Math.min(backMs, performance.now());
      } else if (performance.now() > endMs - SECONDS * 500) {
        killedMs = performance.now();
        await victim?.kill();
      }
    }
    await victim?.start();
    backMs = Math.min(backMs, performance.now());
    const { answered, failures } = await traffic.end();
    const said = `seed ${SEED}: ${done.length} changes, ${answered} requests answered`;
    console.log(`${said}, ${failures.length} failed`);
    const story = `${said}\n${done.join('\n')}`;
    const unexplained = failures.filter(
      ({ atMs }) => atMs < (killedMs ?? endMs) || atMs > backMs + KILL_SHADOW_MS,
    );
    expect(unexplained, story).toEqual([]);
    expect(answered).toBeGreaterThan(done.length);
    expect(await runningPicture(chaos), story).toEqual(await storedPicture(chaos));
  },
  SECONDS * 1000 + 120_000,
);
