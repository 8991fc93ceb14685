import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { eventually } from './eventually.ts';
import { freePort } from './health-manager.ts';

const run = promisify(execFile);

/** Real servers on loopback, ended with `stop()` whatever became of them. */
export class RedisServers {
  readonly #children = new Map<number, ChildProcess>();
  #folder = '';

  async start(args: readonly string[], config: readonly string[] = []): Promise<number> {
    this.#folder ||= await mkdtemp(join(tmpdir(), 'octavia-redis-'));
    const port = await freePort();
    const file = join(this.#folder, `${port}.conf`);
    const own = [`port ${port}`, 'bind 127.0.0.1', `dir ${this.#folder}`, ...config];
    await writeFile(file, `${own.join('\n')}\n`);
    const child = spawn('redis-server', [file, ...args], { stdio: 'ignore' });
    this.#children.set(port, child);
    await eventually(() => answers(port));
    return port;
  }

  async kill(port: number): Promise<void> {
    const child = this.#children.get(port);
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#children.keys()].map((port) => this.kill(port)));
    if (this.#folder) await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Three masters that share the slots. @returns their ports */
export async function startCluster(servers: RedisServers): Promise<readonly number[]> {
  const ports: number[] = [];
  for (let node = 0; node < 3; node++)
    ports.push(
      await servers.start(
        ['--save', ''],
        // A cluster's bus is the port plus 10,000, which may be more than there are.
        [
          'cluster-enabled yes',
          `cluster-config-file nodes-${node}.conf`,
          `cluster-port ${await freePort()}`,
        ],
      ),
    );
  const nodes = ports.map((port) => `127.0.0.1:${port}`);
  await run('redis-cli', ['--cluster', 'create', ...nodes, '--cluster-yes']);
  await eventually(async () =>
    (await told(ports[0] ?? 0, 'cluster', 'info')).includes('cluster_state:ok') ? true : undefined,
  );
  return ports;
}

/** A master, a replica and three Sentinels that fail it over within seconds. */
export async function startSentinels(
  servers: RedisServers,
  name: string,
): Promise<{
  readonly master: number;
  readonly replica: number;
  readonly sentinels: readonly number[];
}> {
  const master = await servers.start(['--save', '']);
  const replica = await servers.start(['--save', '', '--replicaof', '127.0.0.1', String(master)]);
  await eventually(async () =>
    (await told(replica, 'info', 'replication')).includes('master_link_status:up')
      ? true
      : undefined,
  );
  const sentinels: number[] = [];
  for (let node = 0; node < 3; node++)
    sentinels.push(
      await servers.start(
        ['--sentinel'],
        [
          `sentinel monitor ${name} 127.0.0.1 ${master} 2`,
          `sentinel down-after-milliseconds ${name} 500`,
          `sentinel failover-timeout ${name} 3000`,
        ],
      ),
    );
  for (const port of sentinels)
    await eventually(async () => {
      const state = await told(port, 'sentinel', 'master', name);
      return /num-slaves,1\b/.test(state) && /num-other-sentinels,2\b/.test(state)
        ? true
        : undefined;
    });
  return { master, replica, sentinels };
}

async function answers(port: number): Promise<true | undefined> {
  return (await told(port, 'ping')).includes('PONG') ? true : undefined;
}

async function told(port: number, command: string, ...args: readonly string[]): Promise<string> {
  const redis = new Redis({ port, lazyConnect: true, maxRetriesPerRequest: 0 });
  redis.on('error', () => undefined);
  try {
    return String(await redis.call(command, ...args));
  } finally {
    redis.disconnect();
  }
}
