import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../tests/testing/servers.ts';
import { HealthManager } from './testing/health-manager.ts';

let own: TestDatabase;
let folder: string;
beforeAll(async () => {
  own = await createTestDatabase();
  folder = await mkdtemp(join(tmpdir(), 'octavia-health-'));
});
afterAll(async () => {
  await own.close();
  await rm(folder, { recursive: true, force: true });
});

async function run(settings: readonly string[]): Promise<{ code: number; output: string }> {
  const file = join(folder, 'octavia.conf');
  const lines = ['[database]', `connection = ${own.url}`, '[telemetry]', 'health_ingest_port = 0'];
  await writeFile(file, [...lines, '[health_manager]', ...settings, ''].join('\n'));
  const main = new URL('main.ts', import.meta.url).pathname;
  return new Promise((resolve) => {
    execFile(process.execPath, [main, '--config-file', file], (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, output: stdout + stderr }),
    );
  });
}

test('without a heartbeat key it does not start, and says which option is missing', async () => {
  const { code, output } = await run([]);
  expect(code).toBe(1);
  expect(output).toMatch(/^\[health_manager\] heartbeat_key is not set; .*\n$/);
});

async function refusalOf(redis: readonly string[]): Promise<string> {
  return (await run(['heartbeat_key = k', '[redis]', ...redis])).output;
}

test('a Redis that is both cluster and watched by Sentinels, or a node without a port, is refused', async () => {
  const both = await refusalOf(['cluster_nodes = a:1', 'sentinel_nodes = b:2']);
  expect(both).toMatch(/cluster_nodes and sentinel_nodes exclude each other/);
  expect(await refusalOf(['cluster_nodes = redis.example'])).toMatch(
    /redis.example is no host:port/,
  );
});

test('a port that is taken is named, with the option to change', async () => {
  const taken = createSocket('udp4');
  taken.bind(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address();
  const { code, output } = await run([`bind_port = ${port}`, 'heartbeat_key = k']);
  taken.close();
  expect(code).toBe(1);
  expect(output).toContain(`cannot receive on 127.0.0.1 port ${port}: `);
  expect(output).toContain('bind_port');
});

test('without Redis it starts, hears heartbeats, is not ready, and ends cleanly', async () => {
  const manager = new HealthManager({ databaseUrl: own.url, redisUrl: 'redis://127.0.0.1:1/0' });
  await manager.start();
  expect(await manager.metric('octavia_failover_scheduler_sure')).toBe(0);
  expect(await manager.stop()).toBe(0);
});
