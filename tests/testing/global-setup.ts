import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { PrivatePostgres } from '../../deploy/one-box/private-postgres.ts';
import { makeTemplate } from './template.ts';

/** One PostgreSQL for the whole test run, on a free port, gone afterwards. Who needs a Redis starts its own. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'octavia-test-'));
  const postgres = new PrivatePostgres({
    dataDir: join(folder, 'postgres'),
    port: await freePort(),
    isDurable: false,
  });
  await postgres.start();
  project.provide('postgresUrl', postgres.url('').replace(/\/$/, ''));
  project.provide('databaseTemplate', await makeTemplate(postgres));
  return async () => {
    await postgres.stop();
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
