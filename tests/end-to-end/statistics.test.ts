import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { systemClock } from '#core/service/system-clock.ts';
import { parseStats } from '../../amphora-agent/haproxy-stats.ts';
import { askHaproxy } from '../../amphora-agent/runtime-socket.ts';
import { type ApiStatistics, until } from '../../deploy/one-box/demo/api-client.ts';
import { lastHeartbeatMs } from '../../deploy/one-box/demo/last-heartbeat.ts';
import type { Scene } from '../../deploy/one-box/demo/scene.ts';
import { lost, Traffic, visit } from '../../deploy/one-box/demo/traffic.ts';
import { rotateCertificates } from '../../housekeeping/tasks/certificate-rotation.ts';
import { agentCertificateSerial } from './testing/agent-certificate.ts';
import { needsRoot, type OwnCloud, ownCloud, pidOf } from './testing/own-cloud.ts';
import { type ServedWeb, serveWeb } from './testing/served-web.ts';

const COUNTED_TIMEOUT_MS = 60_000;
const VISITS = 100;

let cloud: OwnCloud;
let scene: Scene;
let web: ServedWeb;

beforeAll(async () => {
  cloud = await ownCloud('h');
  if (process.getuid?.() !== 0) return;
  scene = await cloud.start();
  web = await serveWeb(scene, 'counted');
});
afterAll(async () => {
  for (const server of web?.servers ?? []) await server.remove();
  await cloud.remove();
});
beforeEach(needsRoot);

type Counted = Pick<
  ApiStatistics,
  'bytes_in' | 'bytes_out' | 'total_connections' | 'request_errors'
>;

/** What the HAProxy that runs now has counted since it began. */
async function countedByHaproxy(): Promise<Counted> {
  const files = await readdir(cloud.dataDir, { recursive: true });
  const file = files.find((each) => each.endsWith(`${web.loadBalancer.id}/haproxy.cfg`));
  const text = await readFile(join(cloud.dataDir, file ?? 'haproxy.cfg'), 'utf8');
  const socket = /^\s*stats socket (\S+)/m.exec(text)?.[1] ?? '';
  const [listener] = parseStats(await askHaproxy(socket, 'show stat -1 -1 -1')).listeners;
  const { bin = 0, bout = 0, stot = 0, ereq = 0 } = listener?.totals ?? {};
  return { bytes_in: bin, bytes_out: bout, total_connections: stot, request_errors: ereq };
}

async function countedByApi(): Promise<Counted> {
  const { active_connections: _, ...counted } = await scene.api.statistics(web.loadBalancer.id);
  return counted;
}

/** What amphorae send while nobody listens is lost with the datagram, so the visitors come afterwards. */
async function restartHealthManager(): Promise<void> {
  const before = pidOf(cloud, 'health-ingest');
  process.kill(before, 'SIGTERM');
  const readyz = `${scene.state.telemetryUrls['health-ingest']}/readyz`;
  await until('the health manager has ended', COUNTED_TIMEOUT_MS, () => !isRunning(before));
  await until('the health manager hears again', COUNTED_TIMEOUT_MS, async () => {
    const answer = await fetch(readyz).catch(() => null);
    return answer?.status === 200;
  });
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function visitOften(): Promise<void> {
  for (let index = 0; index < VISITS; index++) await visit(web.url, 2000);
}

/** Waits for what may still be on its way; what comes too much would stay. */
async function expectCounted(expected: Counted): Promise<void> {
  await until('all that HAProxy counted is told', COUNTED_TIMEOUT_MS, async () => {
    return (await countedByApi()).total_connections >= expected.total_connections;
  }).catch(() => undefined);
  expect(await countedByApi()).toEqual(expected);
}

test('the API tells to the byte what HAProxy counted', async () => {
  await visitOften();
  const counted = await countedByHaproxy();
  expect(counted.total_connections).toBeGreaterThanOrEqual(VISITS);
  await expectCounted(counted);
});

function sum(one: Counted, other: Counted): Counted {
  return {
    bytes_in: one.bytes_in + other.bytes_in,
    bytes_out: one.bytes_out + other.bytes_out,
    total_connections: one.total_connections + other.total_connections,
    request_errors: one.request_errors + other.request_errors,
  };
}

test('nothing is lost or counted twice when HAProxy is reloaded and the health manager restarts', async () => {
  const before = await countedByHaproxy();
  const listener = { timeout_client_data: 40_000 };
  await scene.api.lbaas('PUT', `listeners/${web.listenerId}`, { listener });
  await scene.api.untilActive(web.loadBalancer.id);
  await visitOften();
  await expectCounted(sum(before, await countedByHaproxy()));
  await restartHealthManager();
  await visitOften();
  await expectCounted(sum(before, await countedByHaproxy()));
});

test('an amphora whose certificate ends soon shows a new one, and its clients notice nothing', async () => {
  const { redisUrl } = scene.state;
  const [amphora] = await scene.api.amphorae(web.loadBalancer.id);
  if (amphora === undefined) throw new Error('nobody serves');
  const before = await agentCertificateSerial(cloud.dataDir, amphora);
  const soon = `update amphora set cert_expiration = now() + interval '1 day' where id = $1`;
  await scene.database.query(soon, [amphora.id]);
  const traffic = new Traffic({ url: web.url, perSecond: 20, timeoutMs: 2000 });
  traffic.start();
  const asked = await rotateCertificates(scene.database, {
    expiryBufferSeconds: 14 * 86_400,
    atATimeMax: 10,
    clock: systemClock,
    signal: new AbortController().signal,
  });
  expect(asked).toEqual({ enqueued: 1 });
  await until('the agent shows another certificate', COUNTED_TIMEOUT_MS, async () => {
    return (await agentCertificateSerial(cloud.dataDir, amphora)) !== before;
  });
  const rotatedAtMs = Date.now();
  await until('it is heard again', COUNTED_TIMEOUT_MS, async () => {
    return (await lastHeartbeatMs(redisUrl, amphora.id)) > rotatedAtMs;
  });
  await scene.api.lbaas('PUT', `listeners/${web.listenerId}`, { listener: { name: 'told' } });
  await scene.api.untilActive(web.loadBalancer.id);
  await traffic.stop();
  expect(lost(traffic.between(0))).toBe(0);
  expect(await scene.api.amphorae(web.loadBalancer.id)).toMatchObject([{ id: amphora.id }]);
  const stored = await scene.database.query(
    `select is_cert_busy, cert_expiration > now() + interval '14 days' as lasts from amphora where id = $1`,
    [amphora.id],
  );
  expect(stored.rows).toEqual([{ is_cert_busy: false, lasts: true }]);
});
