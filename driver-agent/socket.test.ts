import { once } from 'node:events';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Logger } from '#core/ports/logger.ts';
import { encodeFrame } from './frame.ts';
import { openSocketMetrics, type SocketMetrics } from './metrics.ts';
import { AgentSocket, type RequestHandler } from './socket.ts';

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };
const echo: RequestHandler = {
  handle: async (request) => ({ echo: request }),
  refusal: (reason) => ({ refused: reason }),
};

let folder: string;
let path: string;
let open: AgentSocket[] = [];
let clients: Socket[] = [];
let registry: Registry;
let metrics: SocketMetrics;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'octavia-socket-'));
  path = join(folder, 'run', 'test.sock');
  registry = new Registry();
  metrics = openSocketMetrics(registry);
});
afterEach(async () => {
  for (const client of clients) client.destroy();
  for (const socket of open) await socket.stop();
  open = [];
  clients = [];
  await rm(folder, { recursive: true, force: true });
});

async function serve(
  own: { requestsMax?: number; timeoutMs?: number; handler?: RequestHandler } = {},
): Promise<AgentSocket> {
  const socket = new AgentSocket({
    name: 'get',
    path,
    requestsMax: own.requestsMax ?? 50,
    timeoutMs: own.timeoutMs ?? 10_000,
    handler: own.handler ?? echo,
    logger: silent,
    metrics,
  });
  open.push(socket);
  await socket.start();
  return socket;
}

async function client(): Promise<Socket> {
  const socket = connect(path);
  clients.push(socket);
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

/** All that the agent says until it closes. */
async function answerTo(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(socket, 'close');
  return Buffer.concat(chunks).toString('utf8');
}

async function ask(bytes: Buffer | string): Promise<string> {
  const socket = await client();
  const answer = answerTo(socket);
  socket.write(bytes);
  return answer;
}

test('a request is answered in the same framing', async () => {
  await serve();
  expect(await ask(encodeFrame({ id: 'é' }))).toBe('20\n{"echo":{"id":"é"}}');
});

test('a client may close its side once it has sent its request', async () => {
  await serve();
  const socket = await client();
  const answer = answerTo(socket);
  socket.end(encodeFrame(1));
  expect(await answer).toBe('10\n{"echo":1}');
});

test('nobody but owner and group may use the socket', async () => {
  await serve();
  expect((await stat(path)).mode & 0o777).toBe(0o660);
});

test.each([
  ['no length', 'hello\n', 'a request begins with its length in decimal digits and a newline'],
  [
    'a giant length',
    '9999999999\n{}',
    'the request has 9999999999 bytes; at most 8388608 are accepted',
  ],
  ['no JSON', '3\n{"a', 'the request is not JSON'],
])('a request with %s is refused with the reason', async (_what, bytes, reason) => {
  await serve();
  expect(await ask(bytes)).toContain(reason);
});

test('a client that goes on sending after a giant length still gets its answer', async () => {
  await serve();
  const body = Buffer.alloc(9_000_000, 'x');
  expect(await ask(Buffer.concat([Buffer.from(`${body.length}\n`), body]))).toContain('at most');
});

test('a client that closes in the middle of its request is told so', async () => {
  await serve();
  const socket = await client();
  const answer = answerTo(socket);
  socket.end('100\n{"half":');
  expect(await answer).toContain('the connection ended before the whole request');
});

test.each(['', '10', '100\n{"half":'])(
  'a client that stops after %j is cut off when its time is up',
  async (bytes) => {
    await serve({ timeoutMs: 50 });
    const socket = await client();
    const answer = answerTo(socket);
    if (bytes !== '') socket.write(bytes);
    expect(await answer).toContain('did not arrive in time');
  },
);

test('sending slowly does not extend the time', async () => {
  await serve({ timeoutMs: 100 });
  const socket = await client();
  const drip = setInterval(() => socket.write('1'), 20);
  socket.write('9000\n');
  const answer = await answerTo(socket);
  clearInterval(drip);
  expect(answer).toContain('did not arrive in time');
});

test('a client that does not take its answer is cut off, too', async () => {
  const large = 'x'.repeat(4_000_000);
  await serve({ timeoutMs: 50, handler: { ...echo, handle: async () => large } });
  const socket = await client();
  socket.pause();
  socket.write(encodeFrame(1));
  await expect
    .poll(async () => registry.metrics())
    .toContain('octavia_driver_agent_connections{socket="get"} 0');
});

test('clients that say nothing keep nobody out, however many they are', async () => {
  await serve({ requestsMax: 2 });
  const hoarders = await Promise.all(Array.from({ length: 60 }, client));
  expect(await ask(encodeFrame(1))).toBe('10\n{"echo":1}');
  expect(hoarders).toHaveLength(60);
  expect(await registry.metrics()).toMatch(/ending="busy"\} [1-9]/);
});

test('clients that keep their connection after the answer keep nobody out', async () => {
  await serve({ requestsMax: 2 });
  for (let index = 0; index < 60; index++) {
    const socket = connect({ path, allowHalfOpen: true });
    socket.on('error', () => {});
    clients.push(socket);
    socket.write(encodeFrame(index));
    await once(socket, 'data');
  }
  expect(await ask(encodeFrame(1))).toBe('10\n{"echo":1}');
  const open = /octavia_driver_agent_connections\{socket="get"\} (\d+)/.exec(
    await registry.metrics(),
  );
  expect(Number(open?.[1])).toBeLessThanOrEqual(21);
});

test('many requests at once are all answered, a few at a time', async () => {
  let running = 0;
  let most = 0;
  await serve({
    requestsMax: 3,
    handler: {
      ...echo,
      async handle(request) {
        running += 1;
        most = Math.max(most, running);
        await delay(10);
        running -= 1;
        return request;
      },
    },
  });
  const answers = await Promise.all(
    Array.from({ length: 25 }, (_, index) => ask(encodeFrame(index))),
  );
  expect(answers).toEqual(Array.from({ length: 25 }, (_, index) => encodeFrame(index).toString()));
  expect(most).toBe(3);
});

test('when every place is taken by work, a newcomer is told to come again', async () => {
  const { promise: mayEnd, resolve: letEnd } = Promise.withResolvers<void>();
  const handle = () => mayEnd.then(() => 'done');
  await serve({ requestsMax: 1, handler: { ...echo, handle } });
  const waiting = Array.from({ length: 10 }, () => ask(encodeFrame(1)));
  await expect
    .poll(async () => registry.metrics())
    .toContain('octavia_driver_agent_connections{socket="get"} 10');
  // Let the requests arrive, so that none of those connections is idle.
  await delay(50);
  expect(await ask(encodeFrame(2))).toContain('too many clients at once');
  letEnd();
  expect(await Promise.all(waiting)).toEqual(Array.from({ length: 10 }, () => '6\n"done"'));
});

test('a request whose work fails is refused without saying more than that', async () => {
  await serve({
    handler: { ...echo, handle: () => Promise.reject(new Error('password=secret')) },
  });
  const answer = await ask(encodeFrame(1));
  expect(answer).toContain('could not be worked on');
  expect(answer).not.toContain('secret');
});

test('where the protocol has no refusal, the client gets an empty answer', async () => {
  await serve({ handler: { ...echo, refusal: () => null } });
  expect(await ask('nonsense\n')).toBe('0\n');
});

test('the file that a killed agent left is replaced', async () => {
  const dead = createServer().listen(join(folder, 'dead.sock'));
  await once(dead, 'listening');
  path = join(folder, 'dead.sock');
  // Close the descriptor under the server, as a kill does: the file stays.
  const { rename } = await import('node:fs/promises');
  await rename(path, `${path}.kept`);
  dead.close();
  await rename(`${path}.kept`, path);
  await serve();
  expect(await ask(encodeFrame(1))).toBe('10\n{"echo":1}');
});

test('a second agent on the same socket says that one is running', async () => {
  await serve();
  await expect(serve()).rejects.toThrow(/another process listens on .*is a driver agent running/);
  open.pop();
  expect(await ask(encodeFrame(1))).toBe('10\n{"echo":1}');
});

test('a file that is not a socket is left alone', async () => {
  path = join(folder, 'notes.txt');
  await writeFile(path, 'keep me');
  await expect(serve()).rejects.toThrow('is not a socket');
  open.pop();
  expect((await stat(path)).size).toBe(7);
});

test('a path that no unix socket can have is refused with the limit', async () => {
  path = join(folder, 'x'.repeat(120));
  await expect(serve()).rejects.toThrow('at most 107 bytes');
  open.pop();
});

test('stopping answers what has arrived, tells the silent and removes the file', async () => {
  const { promise: mayEnd, resolve: letEnd } = Promise.withResolvers<void>();
  const { promise: isWorking, resolve: working } = Promise.withResolvers<void>();
  const socket = await serve({
    handler: {
      ...echo,
      async handle() {
        working();
        await mayEnd;
        return 'done';
      },
    },
  });
  const silentAnswer = answerTo(await client());
  const busyAnswer = ask(encodeFrame(1));
  await isWorking;
  const stopped = socket.stop();
  expect(await silentAnswer).toContain('the driver agent is stopping');
  letEnd();
  expect(await busyAnswer).toBe('6\n"done"');
  await stopped;
  await socket.stop();
  await expect(stat(path)).rejects.toThrow('ENOENT');
});
