import { hostname } from 'node:os';
import type { Redis } from 'ioredis';
import type { Registry } from 'prom-client';
import type { ConfigOf } from '#core/config/load.ts';
import {
  controllerWorker,
  database as databaseSection,
  defaults,
  healthManager,
  redis as redisSection,
  telemetry,
} from '#core/config/sections.ts';
import { type Database, openDatabase } from '#core/db/pool.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { Logger } from '#core/ports/logger.ts';
import { systemClock } from '#core/service/system-clock.ts';
import { type HeartbeatKeys, heartbeatKeys, KEY_PREFIX } from './exchange/heartbeat-keys.ts';
import { RedisClock } from './exchange/redis-clock.ts';
import { connectRedis } from './exchange/redis-connection.ts';
import { trustedLagMs } from './scheduling/self-examination.ts';
import { Seldom } from './seldom.ts';

export const SECTIONS = {
  defaults,
  database: databaseSection,
  redis: redisSection,
  healthManager,
  controllerWorker,
  telemetry,
};
export type HealthConfig = ConfigOf<typeof SECTIONS>;

/** What all stages stand on: the configuration, and the ways to PostgreSQL and Redis. */
export interface Ground {
  readonly config: HealthConfig;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly registry: Registry;
  readonly database: Database;
  /** For short commands; those that wait have connections of their own. */
  readonly redis: Redis;
  readonly redisClock: RedisClock;
  readonly redisNoise: Seldom;
  readonly keys: HeartbeatKeys;
  readonly heartbeatTimeoutMs: number;
  /** This process among the managers. */
  readonly name: string;
  openPool(poolSizeMax: number): Database;
  connect(name: string, commandTimeoutMs: number): Redis;
}

const NOISE_INTERVAL_MS = 10_000;
const NOISES_MAX = 100;

/** @param lostRedis counts connections that were lost or refused */
export function openGround(
  config: HealthConfig,
  logger: Logger,
  registry: Registry,
  lostRedis: () => void,
): Ground {
  const heartbeatTimeoutMs = config.healthManager.heartbeatTimeoutSeconds * 1000;
  const redisNoise = new Seldom(NOISE_INTERVAL_MS, NOISES_MAX);
  const openPool = (poolSizeMax: number): Database => openHealthPool(config, logger, poolSizeMax);
  const connect = (name: string, commandTimeoutMs: number): Redis =>
    connectRedis(
      { target: config.redis, commandTimeoutMs, name: `octavia-health-ingest-${name}` },
      {
        lost(error) {
          lostRedis();
          if (redisNoise.isTime(error.message, systemClock.monotonicMs()))
            logger.warn({ error, connection: name }, 'no connection to Redis, trying again');
        },
      },
    );
  return {
    config,
    logger,
    clock: systemClock,
    registry,
    database: openPool(config.database.poolSizeMax),
    redis: connect('scheduler', trustedLagMs(heartbeatTimeoutMs)),
    redisClock: new RedisClock(systemClock),
    redisNoise,
    keys: heartbeatKeys(KEY_PREFIX),
    heartbeatTimeoutMs,
    name: `${config.defaults.host || hostname()}:${config.healthManager.bindPort || process.pid}`,
    openPool,
    connect,
  };
}

function openHealthPool(config: HealthConfig, logger: Logger, poolSizeMax: number): Database {
  return openDatabase(
    {
      connection: config.database.connection,
      poolSizeMax,
      poolTimeoutMs: config.database.poolTimeoutSeconds * 1000,
      statementTimeoutMs: config.database.statementTimeoutSeconds * 1000,
      applicationName: 'octavia-health-ingest',
    },
    (error) => logger.warn({ error }, 'lost an idle connection to PostgreSQL'),
  );
}
