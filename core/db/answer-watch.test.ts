import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../tests/testing/servers.ts';
import { watchAnswers } from './answer-watch.ts';
import { isDatabaseAway } from './pool.ts';

/** A way to the database that swallows answers when told to, as a server does that is frozen. */
let own: TestDatabase;
let way: Server;
let pool: pg.Pool;
const sockets = new Set<Socket>();
let isMute = false;

beforeAll(async () => {
  own = await createTestDatabase();
  const { hostname, port, username, password, pathname } = new URL(own.url);
  way = createServer((client) => {
    const server = connect(Number(port), hostname);
    for (const socket of [client, server]) sockets.add(socket.on('error', () => {}));
    client.pipe(server);
    server.on('data', (answer) => {
      if (!isMute) client.write(answer);
    });
    client.on('close', () => server.destroy());
  });
  await new Promise<void>((resolve) => way.listen(0, '127.0.0.1', resolve));
  const { port: ours } = way.address() as { port: number };
  pool = new pg.Pool({
    connectionString: `postgresql://${username}:${password}@127.0.0.1:${ours}${pathname}`,
  });
  pool.on('error', () => {});
  pool.on('connect', (client) => {
    client.on('error', () => {});
    watchAnswers(client, 300);
  });
});
afterAll(async () => {
  await pool.end();
  for (const socket of sockets) socket.destroy();
  way.close();
  await own.close();
});

test('who waits for a server that went silent is told that it is away, and the next one is served', async () => {
  await pool.query('select 1');
  isMute = true;
  const failure = await pool.query('select 2').catch((error: unknown) => error);
  isMute = false;
  expect(isDatabaseAway(failure)).toBe(true);
  expect((await pool.query('select 3 as three')).rows).toEqual([{ three: 3 }]);
});

test('a connection that owes nothing is left alone, and a statement may have patience of its own', async () => {
  const client = await pool.connect();
  await client.query('begin');
  await delay(1500);
  await client.query('select 1');
  const patient = { text: 'select pg_sleep(1.5)', query_timeout: 60_000 };
  await client.query(patient);
  await client.query('commit');
  client.release();
});
