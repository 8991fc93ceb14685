import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { migrate } from '#core/db/migrate.ts';
import { openDatabase } from '#core/db/pool.ts';
import { PrivatePostgres } from '../../deploy/one-box/private-postgres.ts';
import { PrivateRedis } from '../../deploy/one-box/private-redis.ts';
import { freePort } from '../../health-ingest/testing/health-manager.ts';
import { migrateEngine } from '../../worker/engine/schema.ts';
import { removeWithUs } from './children.ts';
import { insertFleet } from './fleet-rows.ts';

/** A PostgreSQL and a Redis of our own, in a folder that goes with them. */
export interface Servers {
  readonly redis: Redis;
  readonly redisUrl: string;
  readonly redisPid: number;
  readonly postgresPid: number;
  /** A database with our schema and a fleet in it. */
  createFleet(size: number): Promise<FleetDatabase>;
  stop(): Promise<void>;
}

export interface FleetDatabase {
  readonly url: string;
  readonly client: Client;
  drop(): Promise<void>;
}

export async function startServers(): Promise<Servers> {
  const folder = await mkdtemp(join(tmpdir(), 'octavia-bench-'));
  removeWithUs(folder);
  const postgres = new PrivatePostgres({
    dataDir: join(folder, 'postgres'),
    port: await freePort(),
    isDurable: true,
  });
  const redisServer = new PrivateRedis({ dataDir: folder, port: await freePort() });
  const stop = async (): Promise<void> => {
    redis.disconnect();
    await Promise.all([postgres.stop(), redisServer.stop()]);
    await rm(folder, { recursive: true, force: true });
  };
  const redis = new Redis(redisServer.url, { lazyConnect: true });
  try {
    await redisServer.start();
    await startWitness(postgres);
    await redis.connect();
    return {
      redis,
      redisUrl: redisServer.url,
      redisPid: redisServer.pid ?? 0,
      postgresPid: postgres.pid ?? 0,
      createFleet: (size) => createFleet(postgres, size),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Has PostgreSQL count statements and remember when transactions were committed: both are asked for later. */
async function startWitness(postgres: PrivatePostgres): Promise<void> {
  await postgres.start();
  const admin = await connected(postgres.url('postgres'));
  await admin.query(`alter system set shared_preload_libraries = 'pg_stat_statements'`);
  await admin.query('alter system set track_commit_timestamp = on');
  await admin.query(`alter system set max_wal_size = '4GB'`);
  await admin.end();
  await postgres.stop();
  await postgres.start();
}

async function createFleet(postgres: PrivatePostgres, size: number): Promise<FleetDatabase> {
  const name = `fleet_${size}_${Date.now()}`;
  await postgres.createDatabase(name);
  const url = postgres.url(name);
  const database = openDatabase(
    { connection: url, poolSizeMax: 2, poolTimeoutMs: 10_000, applicationName: 'bench' },
    () => {},
  );
  await migrate(database, new URL('../../core/db/migrations/', import.meta.url));
  await database.end();
  await migrateEngine(url);
  const client = await connected(url);
  await client.query('create extension pg_stat_statements');
  await insertFleet(client, size);
  return {
    url,
    client,
    async drop() {
      await client.end();
      const admin = await connected(postgres.url('postgres'));
      await admin.query(`drop database ${name} with (force)`);
      await admin.end();
    },
  };
}

async function connected(connectionString: string): Promise<Client> {
  const client = new Client({ connectionString });
  // PostgreSQL ended before us: the next query says so.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}
