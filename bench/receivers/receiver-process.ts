import { fork } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { endWithUs } from '../testbed/children.ts';
import { HEARTBEAT_KEY } from '../testbed/daemon.ts';
import { type ReceiverUnderTest, receiveBufferBytesMax } from '../testbed/receiver.ts';
import type { ReceiverKind } from './options.ts';

export async function startReceivers(
  kind: ReceiverKind,
  threads: number,
): Promise<ReceiverUnderTest> {
  const port = await freeUdpPort();
  const numbers = [port, threads, receiveBufferBytesMax()].map(String);
  const child = fork(new URL('./child.ts', import.meta.url), [kind, ...numbers, HEARTBEAT_KEY]);
  child.once('exit', endWithUs(child.pid ?? 0));
  await once(child, 'message');
  return {
    port,
    pid: child.pid ?? 0,
    async accepted() {
      const answer = once(child, 'message');
      child.send('count');
      return (await answer)[0] as number;
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  return port;
}
