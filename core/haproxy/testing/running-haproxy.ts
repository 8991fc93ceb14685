import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, get, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { LoadBalancerTree } from '../../domain/load-balancer-tree.ts';
import type { HaproxyContext } from '../context.ts';
import { renderHaproxy } from '../render.ts';
import type { GoldenCase } from './golden-case.ts';

export const HAPROXY = '/usr/sbin/haproxy';
const HOST = '127.0.0.1';
const TRIES_MAX = 200;
const TRIES_A_SIGNAL = 50;

/** A real HAProxy, master and worker, that serves a golden case's tree on the loopback interface. */
export interface RunningHaproxy {
  readonly port: number;
  /** Puts another tree in place and makes the master take it over, as the agent does. */
  reload(tree: LoadBalancerTree): Promise<void>;
  stop(): Promise<void>;
}

export interface Reply {
  readonly status: number;
  readonly body: string;
  readonly location: string | undefined;
}

export async function runHaproxy(golden: GoldenCase): Promise<RunningHaproxy> {
  const directory = await mkdtemp(join(tmpdir(), 'hap-'));
  const port = await freePort();
  const config = join(directory, 'haproxy.cfg');
  const group = join(directory, 'group.cfg');
  const pidFile = join(directory, 'pid');
  const paths = { basePath: directory, baseCertDir: directory };
  const context = { ...golden.context, paths };
  await mkdir(join(directory, golden.tree.id));
  await writeFile(group, 'global\n    group nogroup\n');
  await write(config, golden.tree, context, port);
  const args = ['-W', '-f', config, '-f', group, '-p', pidFile, '-L', golden.localPeerName];
  await promisify(execFile)(HAPROXY, args);
  const master = Number(await readFile(pidFile, 'utf8'));
  await listening(port);
  return {
    port,
    async reload(tree) {
      await write(config, tree, context, port);
      await replaceWorker(master);
    },
    async stop() {
      process.kill(master, 'SIGTERM');
      await ended(master);
      await rm(directory, { recursive: true });
    },
  };
}

/** A member that answers with its name. */
export async function startMember(name: string): Promise<{ port: number; stop(): void }> {
  const server: Server = createServer((_, response) => response.end(name));
  server.listen(0, HOST);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** One request over a connection of its own; rejects when the connection breaks. */
export function request(
  port: number,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const outgoing = get({ host: HOST, port, path, headers, agent: false }, (response) => {
      const { statusCode: status = 0 } = response;
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.on('end', () => resolve({ status, body, location: response.headers.location }));
      response.on('error', reject);
    });
    outgoing.on('error', reject);
  });
}

async function write(
  file: string,
  tree: LoadBalancerTree,
  context: HaproxyContext,
  port: number,
): Promise<void> {
  const listeners = tree.listeners.map((listener) => ({ ...listener, protocolPort: port }));
  const vip = { ...tree.vip, address: HOST };
  await writeFile(file, renderHaproxy({ ...tree, vip, listeners }, context));
}

/** A master that is starting or reloading loses the signal: it is given again until there is a worker more. */
async function replaceWorker(master: number): Promise<void> {
  const before = new Set(await workersOf(master));
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    if (tries % TRIES_A_SIGNAL === 0) process.kill(master, 'SIGUSR2');
    await sleep(20);
    if ((await workersOf(master)).some((pid) => !before.has(pid))) return;
  }
  throw new Error(`HAProxy ${master} does not reload`);
}

async function workersOf(master: number): Promise<readonly string[]> {
  return (await readFile(`/proc/${master}/task/${master}/children`, 'utf8'))
    .split(' ')
    .filter(Boolean);
}

async function freePort(): Promise<number> {
  const member = await startMember('');
  member.stop();
  return member.port;
}

async function listening(port: number): Promise<void> {
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const isUp = await request(port, '/').then(
      () => true,
      () => false,
    );
    if (isUp) return;
    await sleep(20);
  }
  throw new Error(`HAProxy does not listen on ${port}`);
}

async function ended(pid: number): Promise<void> {
  for (let tries = 0; tries < TRIES_MAX && existsSync(`/proc/${pid}`); tries++) await sleep(20);
  if (existsSync(`/proc/${pid}`)) process.kill(pid, 'SIGKILL');
}
