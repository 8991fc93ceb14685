import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadBalancers } from '#core/db/repositories/load-balancer.ts';
import { transaction } from '#core/db/transaction.ts';
import { enqueue } from '#core/queue/enqueue.ts';
import { createTestDatabase, type TestDatabase } from '../tests/testing/servers.ts';
import { type Family, insertFamily, newFamily } from './testing/rows.ts';

const PATIENCE_MS = 60_000;

let own: TestDatabase;
let folder: string;
let worker: ChildProcess;
let url: string;
const lines: string[] = [];

beforeAll(async () => {
  own = await createTestDatabase();
  folder = await mkdtemp(join(tmpdir(), 'octavia-worker-'));
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  const file = join(folder, 'octavia.conf');
  await writeFile(
    file,
    `[database]
connection = ${own.url}
[controller_worker]
amphora_driver = amphora_noop_driver
compute_driver = compute_noop_driver
network_driver = network_noop_driver
[telemetry]
worker_port = ${port}
`,
  );
  const main = new URL('main.ts', import.meta.url).pathname;
  worker = spawn(process.execPath, [main, '--config-file', file], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  worker.stdout
    ?.setEncoding('utf8')
    .on('data', (text: string) => lines.push(...text.trim().split('\n')));
  await eventually(async () => (await fetch(`${url}/readyz`)).status === 200);
});
afterAll(async () => {
  worker.kill('SIGKILL');
  await own.close();
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
  const deadlineMs = performance.now() + PATIENCE_MS;
  while (!(await isSo().catch(() => false))) {
    if (performance.now() > deadlineMs) throw new Error(`not so within ${PATIENCE_MS} ms`);
    await delay(50);
  }
}

async function requestLoadBalancer(): Promise<Family> {
  const family = newFamily();
  const { loadBalancerId } = family;
  await transaction(own.database, async (tx) => {
    await insertFamily(tx, family, 'PENDING_CREATE');
    await enqueue(tx, 'load-balancer-create', { loadBalancerId }, { requestId: 'req-42' });
  });
  return family;
}

async function untilActive({ loadBalancerId }: Family): Promise<void> {
  await eventually(async () => {
    const found = await loadBalancers.find(own.database, loadBalancerId);
    return found?.provisioningStatus === 'ACTIVE';
  });
}

test('the daemon runs a flow, tells it in its log and counts it in its metrics', async () => {
  const family = await requestLoadBalancer();
  await untilActive(family);
  const counted =
    'octavia_worker_flows_total{flow="load-balancer-create",outcome="succeeded",service="worker"} 1';
  await eventually(async () => (await (await fetch(`${url}/metrics`)).text()).includes(counted));
  const ended = lines
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .find((line) => line['message'] === 'flow ended');
  expect(ended).toMatchObject({
    flow: 'load-balancer-create',
    load_balancer_id: family.loadBalancerId,
    request_id: 'req-42',
    outcome: 'succeeded',
  });
  expect(ended?.['flow_id']).toMatch(/^[0-9a-f-]{36}$/);
});

test('a load balancer that shows ACTIVE takes the next flow', async () => {
  const family = await requestLoadBalancer();
  await untilActive(family);
  const { loadBalancerId } = family;
  await transaction(own.database, async (tx) => {
    await loadBalancers.lock(tx, loadBalancerId, ['ACTIVE'], 'PENDING_UPDATE');
    await enqueue(tx, 'load-balancer-update', { loadBalancerId }, { requestId: 'req-43' });
  });
  await untilActive(family);
});

test('nothing that looks like a certificate or a key is kept in the engine', async () => {
  await untilActive(await requestLoadBalancer());
  const kept = await own.database.query(
    `select output from dbos.operation_outputs where output ~* 'certificate|begin|pem'`,
  );
  expect(kept.rows).toEqual([]);
});

async function transactions(): Promise<number> {
  const { rows } = await own.database.query<{ count: string }>(
    'select xact_commit as count from pg_stat_database where datname = current_database()',
  );
  return Number(rows[0]?.count);
}

test('a worker that has nothing to do leaves the database alone', async () => {
  // It looks about a while longer after its last flow.
  await delay(1500);
  const before = await transactions();
  await delay(2000);
  // Two queues asked every 50 ms would be 80, and more than that with what else goes on.
  expect((await transactions()) - before).toBeLessThan(50);
});

test('SIGTERM drains it, and it ends with 0', async () => {
  const family = await requestLoadBalancer();
  const ended = once(worker, 'exit');
  worker.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
  const found = await loadBalancers.find(own.database, family.loadBalancerId);
  expect(['ACTIVE', 'PENDING_CREATE']).toContain(found?.provisioningStatus);
});
