import { createSocket, type Socket } from 'node:dgram';
import { afterEach, expect, test } from 'vitest';
import { eventually } from '../testing/eventually.ts';
import { kernelDrops, receiveQueueBytes } from './kernel-drops.ts';
import { Receiver, type ReceiverOptions } from './receiver.ts';

const open: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.stop()));
});

async function receiver(
  own: Partial<ReceiverOptions>,
): Promise<{ readonly receiver: Receiver; readonly heard: string[] }> {
  const heard: string[] = [];
  const one = new Receiver({
    host: '127.0.0.1',
    port: 0,
    isShared: false,
    receiveBufferBytes: 0,
    received: (datagram) => heard.push(datagram.toString()),
    ...own,
  });
  await one.start();
  open.push(one);
  return { receiver: one, heard };
}

function sender(type: 'udp4' | 'udp6'): Socket {
  const socket = createSocket(type);
  open.push({ stop: () => new Promise((resolve) => socket.close(() => resolve())) });
  return socket;
}

test.each([
  ['0.0.0.0', ['127.0.0.1']],
  ['::1', ['::1']],
  ['::', ['127.0.0.1', '::1']],
])('bound to %s it hears what is sent to %s', async (host, targets) => {
  const { receiver: one, heard } = await receiver({ host });
  for (const target of targets)
    sender(target === '::1' ? 'udp6' : 'udp4').send(`to ${target}`, one.port, target);
  await eventually(() => (heard.length === targets.length ? true : undefined));
  expect(heard.toSorted()).toEqual(targets.map((target) => `to ${target}`));
});

test('on a shared port all of one sender comes to one socket', async () => {
  const first = await receiver({ host: '::', isShared: true });
  const second = await receiver({ host: '::', isShared: true, port: first.receiver.port });
  const senders = Array.from({ length: 40 }, () => sender('udp4'));
  for (const [index, socket] of senders.entries())
    for (let count = 0; count < 3; count++)
      socket.send(String(index), first.receiver.port, '127.0.0.1');
  await eventually(() => (first.heard.length + second.heard.length === 120 ? true : undefined));
  expect(new Set(first.heard).size + new Set(second.heard).size).toBe(40);
  expect(first.heard.length * second.heard.length).toBeGreaterThan(0);
});

test('what the kernel has no room for is counted, each datagram either heard or dropped', async () => {
  const { receiver: one, heard } = await receiver({ receiveBufferBytes: 65_536 });
  const SENT = 2000;
  const socket = sender('udp4');
  await new Promise<void>((resolve) => socket.connect(one.port, '127.0.0.1', () => resolve()));
  // Nobody reads in between: this very thread is busy with sending.
  for (let count = 0; count < SENT; count++) socket.send('x'.repeat(200));
  expect(receiveQueueBytes(one.port)).toBeGreaterThan(10_000);
  await eventually(() => (heard.length + kernelDrops(one.port) === SENT ? true : undefined));
  expect(kernelDrops(one.port)).toBeGreaterThan(0);
  expect(receiveQueueBytes(one.port)).toBe(0);
});
