import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { WorkerLine } from './worker-line.ts';

const INFO = 'Name: HAProxy\nPid: 1271\n\n> ';
const ROWS = '# pxname,svname,scur,stot,bin,bout,ereq,status\nl1,FRONTEND,1,4,5,6,0,OPEN\n\n> ';

/** Says these one after the other, as a HAProxy on a busy machine does. */
async function worker(pieces: readonly string[]): Promise<WorkerLine | null> {
  const folder = await mkdtemp(join(tmpdir(), 'line-'));
  const say = async (socket: Socket): Promise<void> => {
    for (const piece of pieces) {
      socket.write(piece);
      await delay(30);
    }
  };
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (text) => {
      if (String(text) === 'prompt\n') socket.write('\n> ');
      else if (pieces.length === 0) socket.destroy();
      else void say(socket);
    });
  });
  server.listen(join(folder, 's'));
  await once(server, 'listening');
  const line = await WorkerLine.open(join(folder, 's'));
  onTestFinished(async () => {
    line?.close();
    server.close();
    await rm(folder, { recursive: true });
  });
  return line;
}

test('hears an answer to its end, wherever it is cut', async () => {
  const whole = INFO + ROWS;
  for (const pieces of [
    [whole],
    [INFO, ROWS],
    [whole.slice(0, 40), whole.slice(40, 90), whole.slice(90)],
  ]) {
    const answer = await (await worker(pieces))?.ask();
    expect(answer).toMatchObject({ pid: 1271, stats: { listeners: [{ activeConnections: 1 }] } });
  }
});

test('says so when the worker hangs up, and when there is none', async () => {
  expect(await (await worker([]))?.ask()).toBeNull();
  expect(await WorkerLine.open(join(tmpdir(), 'no-such-socket'))).toBeNull();
});
