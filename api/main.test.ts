import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { migrate } from '#core/db/migrate.ts';
import { openDatabase } from '#core/db/pool.ts';
import { PrivatePostgres } from '../deploy/one-box/private-postgres.ts';
import { migrateEngine } from '../worker/engine/schema.ts';
import { PROJECT, SUBNET } from './testing/harness.ts';

let folder: string;
let postgres: PrivatePostgres;
let daemon: ChildProcess;
let api: string;
let telemetry: string;
let output = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'octavia-api-'));
  const [database, port, telemetryPort] = [await freePort(), await freePort(), await freePort()];
  postgres = new PrivatePostgres({ dataDir: join(folder, 'pg'), port: database, isDurable: false });
  await postgres.start();
  await postgres.createDatabase('octavia');
  const connection = postgres.url('octavia');
  const options = { connection, poolSizeMax: 1, poolTimeoutMs: 5000, applicationName: 'test' };
  const own = openDatabase(options, () => {});
  await migrate(own, new URL('../core/db/migrations/', import.meta.url));
  await own.end();
  await migrateEngine(connection);
  const file = join(folder, 'octavia.conf');
  await writeFile(
    file,
    `[database]\nconnection = ${connection}\npool_timeout = 1\n[api_settings]\nauth_strategy = noauth\nbind_port = ${port}\n` +
      `healthcheck_enabled = true\nhealthcheck_refresh_interval = 0\n[telemetry]\napi_port = ${telemetryPort}\n`,
  );
  api = `http://127.0.0.1:${port}`;
  telemetry = `http://127.0.0.1:${telemetryPort}`;
  daemon = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), '--config-file', file]);
  daemon.stdout?.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  await eventually(async () => (await fetch(`${telemetry}/readyz`)).status === 200);
});
afterAll(async () => {
  daemon.kill('SIGKILL');
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return address.port;
}

async function eventually(isSo: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 400; attempt++) {
    if (await isSo().catch(() => false)) return;
    await delay(50);
  }
  throw new Error(`it did not come to be within 20 s; the daemon said: ${output.slice(-2000)}`);
}

const list = () => fetch(`${api}/v2/lbaas/loadbalancers`);

test('a load balancer created over HTTP leaves a flow for the worker', async () => {
  const answer = await fetch(`${api}/v2.0/lbaas/loadbalancers`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-project-id': PROJECT },
    body: JSON.stringify({ loadbalancer: { vip_subnet_id: SUBNET } }),
  });
  expect(answer.status).toBe(201);
  const { loadbalancer } = (await answer.json()) as { loadbalancer: { id: string } };
  const options = {
    connection: postgres.url('octavia'),
    poolSizeMax: 1,
    poolTimeoutMs: 5000,
    applicationName: 'test',
  };
  const own = openDatabase(options, () => {});
  const flows = await own.query(
    'select name from dbos.workflow_status where deduplication_id = $1',
    [loadbalancer.id],
  );
  await own.end();
  expect(flows.rows).toEqual([{ name: 'load-balancer-create' }]);
  const requestId = answer.headers.get('x-openstack-request-id') ?? '';
  await eventually(async () => output.includes(requestId));
});

test('while the database is away every answer is a 503 that says so, and afterwards all is well', async () => {
  expect((await list()).status).toBe(200);
  await postgres.stop();
  const away = await list();
  expect(away.status).toBe(503);
  expect(await away.json()).toEqual({
    faultcode: 'Server',
    faultstring: 'The Octavia database is unavailable. Please try again.',
    debuginfo: null,
  });
  const create = await fetch(`${api}/v2/loadbalancers`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-project-id': PROJECT },
    body: JSON.stringify({ loadbalancer: { vip_subnet_id: SUBNET } }),
  });
  expect(create.status).toBe(503);
  expect((await fetch(`${api}/healthcheck`)).status).toBe(503);
  expect((await fetch(`${telemetry}/readyz`)).status).toBe(503);
  await postgres.start();
  await eventually(async () => (await list()).status === 200);
  expect(await (await fetch(`${api}/healthcheck`)).text()).toBe('OK');
});

test('metrics count answers by route, and never by id', async () => {
  await fetch(`${api}/v2/loadbalancers/${SUBNET}`);
  const text = await (await fetch(`${telemetry}/metrics`)).text();
  expect(text).toMatch(
    /octavia_api_request_duration_seconds_count\{.*route="\/v2\/loadbalancers\/:id".*status="404"/,
  );
  expect(text).not.toContain(SUBNET);
});

test('SIGTERM drains the daemon and ends it with 0', async () => {
  daemon.kill('SIGTERM');
  const [code] = (await once(daemon, 'exit')) as [number];
  expect(code).toBe(0);
});
