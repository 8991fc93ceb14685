import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, expect, test } from 'vitest';
import type { Logger } from '#core/ports/logger.ts';
import type { SyslogTarget } from './syslog-target.ts';
import { TcpSyslog } from './syslog-tcp.ts';
import { UdpSyslog } from './syslog-udp.ts';
import { SyslogServer } from './testing/syslog-server.ts';

const host = '127.0.0.1';
const warnings: string[] = [];
const logger: Logger = {
  debug: () => {},
  info: () => {},
  warn: (_details, what) => warnings.push(what),
  error: () => {},
  child: () => logger,
};

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  warnings.length = 0;
  for (const each of opened.splice(0).toReversed()) await each.close();
});

async function server(port?: number): Promise<SyslogServer> {
  const one = await SyslogServer.open(port);
  opened.push(one);
  return one;
}

function started(target: SyslogTarget): SyslogTarget {
  target.start();
  opened.push({ close: () => target.stop() });
  return target;
}

function tcp(ports: readonly number[], changes: { queueMax?: number; retriesMax?: number } = {}) {
  const servers = ports.map((port) => ({ host, port }));
  const options = { queueMax: 100, retriesMax: 1, retryIntervalMs: 20, ...changes };
  return started(new TcpSyslog({ servers, logger, ...options }));
}

/** Nobody listens there any more. */
async function deadPort(): Promise<number> {
  const one = await SyslogServer.open();
  const { port } = one;
  await one.close();
  return port;
}

const message = (number: number): Buffer =>
  Buffer.from(`<134>1 2026-01-02T03:04:05Z host lb 1 - - line ${number}\nof two`);
const numbersOf = ({ received }: SyslogServer): readonly string[] =>
  received.flatMap((text) => /line (\d+)/.exec(text)?.[1] ?? []);

test('messages come in order over TCP, lines within lines too', async () => {
  const one = await server();
  const target = tcp([one.port]);
  for (let number = 0; number < 90; number++) target.send(message(number));
  await expect.poll(() => one.received.length).toBe(90);
  expect(numbersOf(one)).toEqual(Array.from({ length: 90 }, (_, number) => `${number}`));
  expect(one.received[7]).toBe(message(7).toString());
});

test('what no server takes waits until one comes back', async () => {
  const port = await deadPort();
  const target = tcp([port]);
  for (let number = 0; number < 3; number++) target.send(message(number));
  await expect.poll(() => warnings.join()).toContain(`syslog server ${host}:${port}`);
  const one = await server(port);
  await expect.poll(() => numbersOf(one)).toEqual(['0', '1', '2']);
});

test('a server that stays away is replaced by the next one', async () => {
  const two = await server();
  const target = tcp([await deadPort(), two.port]);
  target.send(message(1));
  await expect.poll(() => numbersOf(two)).toEqual(['1']);
});

test('no more messages wait than may, and the log says what is lost', async () => {
  const port = await deadPort();
  const target = tcp([port], { queueMax: 2 });
  for (let number = 0; number < 5; number++) target.send(message(number));
  const one = await server(port);
  await expect.poll(() => numbersOf(one)).toEqual(['0', '1']);
  expect(warnings.join()).toContain('log lines dropped');
});

test('by UDP each message is a datagram', async () => {
  const socket = createSocket('udp4');
  const texts: string[] = [];
  socket.on('message', (datagram) => texts.push(datagram.toString('utf8')));
  socket.bind(0, host);
  await once(socket, 'listening');
  opened.push({ close: async () => void socket.close() });
  const unusable = { host: '255.255.255.255', port: 514 }; // refused: only broadcasts go there
  const servers = [unusable, { host, port: socket.address().port }];
  const target = started(new UdpSyslog({ servers, logger }));
  target.send(message(1));
  await expect.poll(() => texts).toEqual([message(1).toString()]);
});
