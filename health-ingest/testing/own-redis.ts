import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PrivateRedis } from '../../deploy/one-box/private-redis.ts';
import { freePort } from './health-manager.ts';

/** A Redis for one test file. */
export async function ownRedis(): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'octavia-health-redis-'));
  const redis = new PrivateRedis({ dataDir: folder, port: await freePort() });
  await redis.start();
  return {
    url: redis.url,
    async stop() {
      await redis.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
