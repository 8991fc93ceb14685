import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { childrenOf, isHearing } from '../process-state.ts';

const PROGRAM = new URL('haproxy-vrrp-check', import.meta.url).pathname;
const LOOKS = { timeout: 30_000, interval: 20 };
/** Longer than any test takes; a HAProxy that goes ends the watch before. */
const ENDLESS = '--rounds=500';
/** Answers its first question after more than half a second in which it never let go of its processor. */
const BUSY = `
  use Socket;
  use Time::HiRes 'time';
  socket(my $socket, PF_UNIX, SOCK_STREAM, 0);
  bind($socket, sockaddr_un($ARGV[0])) && listen($socket, 1);
  accept(my $client, $socket);
  sysread($client, my $question, 100);
  for (my $end = time + 0.6; time < $end;) {}
  syswrite($client, "\\n> ");
  sleep 600;`;

let folder: string;
let socket: string;
let server: ChildProcess | null = null;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vrrp-'));
  socket = join(folder, 'stats.sock');
});
afterEach(async () => {
  await stop();
  await rm(folder, { recursive: true });
});

test('a HAProxy that answers passes, also while it is replaced', async () => {
  const { pid } = await startHaproxy();
  expect(await check()).toBe(0);
  const watched = check('--rounds=4');
  process.kill(pid, 'SIGUSR2');
  expect(await watched).toBe(0);
});

test('a HAProxy that is not there fails', async () => {
  expect(await check()).toBe(1);
});

test('a watch ends with a failure when HAProxy dies', async () => {
  await startHaproxy();
  const watched = check(ENDLESS);
  await stop();
  expect(await watched).toBe(1);
});

test('a watch ends with a failure when HAProxy freezes, and so do those that follow', async () => {
  const { pid } = await startHaproxy();
  const watched = check(ENDLESS);
  for (const each of [pid, ...(await childrenOf(pid))]) process.kill(each, 'SIGSTOP');
  expect(await watched).toBe(1);
  expect(await check()).toBe(1);
});

test('one that is only busy is waited for longer than one that is frozen', async () => {
  server = spawn('perl', ['-e', BUSY, socket], { stdio: 'ignore' });
  await expect.poll(() => existsSync(socket), LOOKS).toBe(true);
  expect(await check()).toBe(0);
});

/** Its exit status. */
function check(...options: readonly string[]): Promise<number | null> {
  return new Promise((resolve) => {
    execFile('perl', [PROGRAM, ...options, socket]).once('exit', resolve);
  });
}

async function startHaproxy(): Promise<{ readonly pid: number }> {
  const config = join(folder, 'haproxy.cfg');
  await writeFile(
    config,
    `global
    maxconn 10
    stats socket ${socket} mode 0666 level user
defaults
    mode http
    timeout connect 5s
    timeout client 5s
    timeout server 5s
frontend one
    bind unix@${join(folder, 'web.sock')}
`,
  );
  server = spawn('haproxy', ['-W', '-db', '-f', config], { stdio: 'ignore' });
  const { pid } = server;
  if (pid === undefined) throw new Error('HAProxy does not start');
  await expect.poll(() => check(), LOOKS).toBe(0);
  await expect.poll(() => isHearing(pid, 'SIGUSR2'), LOOKS).toBe(true);
  return { pid };
}

async function stop(): Promise<void> {
  if (server?.pid === undefined || server.exitCode !== null || server.signalCode !== null) return;
  const ended = once(server, 'exit');
  for (const pid of [server.pid, ...(await childrenOf(server.pid))]) process.kill(pid, 'SIGKILL');
  await ended;
}
