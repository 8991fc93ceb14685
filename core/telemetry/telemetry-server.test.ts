import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { openMetrics } from './metrics.ts';
import { type ReadinessCheck, TelemetryServer } from './telemetry-server.ts';

let server: TelemetryServer | undefined;
afterEach(() => server?.stop());

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return address.port;
}

async function serve(...checks: readonly ReadinessCheck[]): Promise<string> {
  const port = await freePort();
  server = new TelemetryServer(openMetrics('test'), checks);
  await server.start('127.0.0.1', port);
  return `http://127.0.0.1:${port}`;
}

test("metrics carry the process's own figures and the name of the daemon", async () => {
  const answer = await fetch(`${await serve()}/metrics`);
  expect(answer.headers.get('content-type')).toContain('text/plain');
  expect(await answer.text()).toMatch(/process_resident_memory_bytes\{service="test"\} \d+/);
});

test('a daemon with all it needs is ready', async () => {
  const url = await serve({ name: 'database', check: () => null });
  const answer = await fetch(`${url}/readyz`);
  expect([answer.status, await answer.text()]).toEqual([200, 'database: ok\n']);
});

test('a daemon that misses something is not ready and names what, yet it is healthy', async () => {
  const url = await serve(
    { name: 'database', check: async () => null },
    { name: 'redis', check: async () => 'no answer since 3 s' },
    { name: 'broken', check: () => Promise.reject(new Error('connection refused')) },
    {
      name: 'sudden',
      check: () => {
        throw new Error('at once');
      },
    },
  );
  const answer = await fetch(`${url}/readyz`);
  expect(answer.status).toBe(503);
  expect(await answer.text()).toBe(
    'database: ok\nredis: no answer since 3 s\nbroken: connection refused\nsudden: at once\n',
  );
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
});

test('a failure without a message is told by its code', async () => {
  const nameless = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' });
  const url = await serve({ name: 'database', check: () => Promise.reject(nameless) });
  expect(await (await fetch(`${url}/readyz`)).text()).toBe('database: ECONNREFUSED\n');
});

test('a check that never answers does not hold up the answer for ever', async () => {
  const url = await serve({ name: 'database', check: () => new Promise(() => {}) });
  const answer = await fetch(`${url}/readyz`);
  expect([answer.status, await answer.text()]).toEqual([
    503,
    'database: no answer within 2000 ms\n',
  ]);
});

test('another path is answered with those that exist', async () => {
  const answer = await fetch(`${await serve()}/`);
  expect([answer.status, await answer.text()]).toEqual([
    404,
    'try /metrics, /healthz or /readyz\n',
  ]);
});

test('a taken port is an error at start that names it', async () => {
  const url = new URL(await serve());
  const second = new TelemetryServer(openMetrics('test'), []);
  await expect(second.start('127.0.0.1', Number(url.port))).rejects.toThrow(
    `address already in use 127.0.0.1:${url.port}`,
  );
  await second.stop();
});

test('starting and stopping twice is the same as once, and port 0 serves nothing', async () => {
  const url = new URL(await serve());
  await server?.start('127.0.0.1', Number(url.port));
  await server?.stop();
  await server?.stop();
  await expect(fetch(url)).rejects.toThrow('fetch failed');
  const none = new TelemetryServer(openMetrics('test'), []);
  await none.start('127.0.0.1', 0);
  await none.stop();
});
