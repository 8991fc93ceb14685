import type { Redis } from 'ioredis';
import type { Client } from 'pg';
import {
  cpuMicros,
  family,
  memoryOf,
  type ThreadShares,
  type ThreadTimes,
  threadShares,
  threadTimes,
} from './process-cost.ts';
import type { ReceiverUnderTest } from './receiver.ts';
import type { Servers } from './servers.ts';

/** Totals at one moment; two of them bracket what is measured. */
export interface Snapshot {
  readonly atMs: number;
  readonly daemon: ThreadTimes;
  readonly redis: ThreadTimes;
  readonly postgres: ThreadTimes;
  readonly sqlStatements: number;
  readonly redisCommands: number;
}

/** What passed between two snapshots. */
export interface Spent {
  readonly tookMs: number;
  readonly daemonMicros: number;
  readonly daemonThreads: ThreadShares;
  readonly redisMicros: number;
  readonly postgresMicros: number;
  readonly sqlStatements: number;
  readonly redisCommands: number;
  readonly rssBytes: number;
}

export interface Observed {
  readonly servers: Servers;
  readonly client: Client;
  readonly receiver: ReceiverUnderTest;
}

export async function snapshot({ servers, client, receiver }: Observed): Promise<Snapshot> {
  const [sqlStatements, redisCommands] = await Promise.all([
    countStatements(client),
    countCommands(servers.redis),
  ]);
  return {
    atMs: performance.now(),
    daemon: threadTimes([receiver.pid]),
    redis: threadTimes([servers.redisPid]),
    postgres: threadTimes(family(servers.postgresPid)),
    sqlStatements,
    redisCommands,
  };
}

export function spentBetween(
  before: Snapshot,
  after: Snapshot,
  receiver: ReceiverUnderTest,
): Spent {
  return {
    tookMs: after.atMs - before.atMs,
    daemonMicros: cpuMicros(before.daemon, after.daemon),
    daemonThreads: threadShares(receiver.pid, before.daemon, after.daemon),
    redisMicros: cpuMicros(before.redis, after.redis),
    postgresMicros: cpuMicros(before.postgres, after.postgres),
    sqlStatements: after.sqlStatements - before.sqlStatements,
    redisCommands: after.redisCommands - before.redisCommands,
    rssBytes: memoryOf(receiver.pid).rssBytes,
  };
}

/** All that the database was asked, BEGIN and COMMIT too; what the bench itself asks left out. */
export async function countStatements(client: Client): Promise<number> {
  const found = await client.query<{ calls: string }>(
    `select coalesce(sum(calls), 0) as calls from pg_stat_statements
     where dbid = (select oid from pg_database where datname = current_database())
       and query not like '%pg_stat_statements%'`,
  );
  return Number(found.rows[0]?.calls);
}

const OWN_COMMANDS = new Set(['info', 'keys', 'ping', 'xlen', 'flushall']);

async function countCommands(redis: Redis): Promise<number> {
  const lines = (await redis.info('commandstats')).matchAll(/^cmdstat_(\S+):calls=(\d+)/gm);
  let total = 0;
  for (const [, name, calls] of lines) if (name && !OWN_COMMANDS.has(name)) total += Number(calls);
  return total;
}
