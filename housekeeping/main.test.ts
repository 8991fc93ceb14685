import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../tests/testing/servers.ts';

let own: TestDatabase;
let folder: string;
let child: ChildProcess | undefined;
beforeAll(async () => {
  own = await createTestDatabase();
  folder = await mkdtemp(join(tmpdir(), 'octavia-housekeeping-'));
});
afterEach(() => {
  child?.kill('SIGKILL');
});
afterAll(async () => {
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

async function start(connection: string): Promise<string> {
  const port = await freePort();
  const file = join(folder, 'octavia.conf');
  await writeFile(
    file,
    `[database]\nconnection = ${connection}\n[house_keeping]\ncleanup_interval = 1\n[telemetry]\nhousekeeping_port = ${port}\n`,
  );
  const main = new URL('main.ts', import.meta.url).pathname;
  child = spawn(process.execPath, [main, '--config-file', file], { stdio: 'ignore' });
  return `http://127.0.0.1:${port}`;
}

async function eventually<Value>(read: () => Promise<Value | undefined>): Promise<Value> {
  for (let attempt = 0; attempt < 600; attempt++) {
    const value = await read().catch(() => undefined);
    if (value !== undefined) return value;
    await delay(50);
  }
  throw new Error('it did not come to be within 30 s');
}

const textOf = async (url: string): Promise<string> => (await fetch(url)).text();

test('the daemon purges, says so in its metrics, and ends with 0 on SIGTERM', async () => {
  await own.database.query(
    `insert into amphora (id, status, updated_at) values (gen_random_uuid(), 'DELETED', now() - interval '8 days')`,
  );
  const url = await start(own.url);
  await eventually(async () => {
    const text = await textOf(`${url}/metrics`);
    return text.includes(
      'rows_total{task="amphora-purge",result="removed",service="housekeeping"} 1',
    )
      ? true
      : undefined;
  });
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  const ended = once(child as ChildProcess, 'exit');
  child?.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
});

test('without PostgreSQL the daemon stays up, is not ready and says why', async () => {
  const url = await start('postgresql://octavia@127.0.0.1:1/nowhere');
  const answer = await eventually(() => fetch(`${url}/readyz`));
  expect(answer.status).toBe(503);
  expect(await answer.text()).toMatch(/^database: .*ECONNREFUSED/);
  await eventually(
    async () =>
      (await textOf(`${url}/metrics`)).includes('task="amphora-purge",outcome="failed"') ||
      undefined,
  );
  expect(child?.exitCode).toBeNull();
});
