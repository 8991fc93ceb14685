import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { PrivatePostgres } from '../../deploy/one-box/private-postgres.ts';
import { PrivateRedis } from '../../deploy/one-box/private-redis.ts';

/** One PostgreSQL and one Redis for the whole test run, on free ports, gone afterwards. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'octavia-test-'));
  const postgres = new PrivatePostgres({
    dataDir: join(folder, 'postgres'),
    port: await freePort(),
    isDurable: false,
  });
  const redis = new PrivateRedis({ dataDir: join(folder, 'redis'), port: await freePort() });
  await Promise.all([postgres.start(), redis.start()]);
  project.provide('postgresUrl', postgres.url('').replace(/\/$/, ''));
  project.provide('redisUrl', redis.url);
  return async () => {
    await Promise.all([postgres.stop(), redis.stop()]);
    await rm(folder, { recursive: true, force: true });
  };
}

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address
          ? resolve(address.port)
          : reject(new Error('no port')),
      );
    });
  });
}
