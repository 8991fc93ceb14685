import type { Service } from '#core/service/daemon.ts';
import type { Ground } from './ground.ts';
import type { IngestThreads } from './receiving/ingest-threads.ts';
import { postgresDirectory } from './scheduling/amphora-directory.ts';
import { FailoverScheduler } from './scheduling/failover-scheduler.ts';
import { openSchedulerMetrics } from './scheduling/scheduler-metrics.ts';
import { RedisSightingSource } from './scheduling/sighting-source.ts';

const TICK_MS_MAX = 250;
/** It looks and acts at the same time. Its own, so that writers that wait for locks do not make it doubt what it sees. */
const CONNECTIONS = 2;
/** Amphorae on the scheduler's board, expected and others together. */
const AMPHORAE_MAX = 2_000_000;

/** Who went silent, and what is done about it. */
export function openScheduling(ground: Ground, threads: IngestThreads): Service {
  const { config, logger, clock, redis, redisClock, keys, heartbeatTimeoutMs } = ground;
  const settings = config.healthManager;
  const database = ground.openPool(CONNECTIONS);
  let redisLosses = 0;
  redis.on('close', () => redisLosses++);
  const scheduler = new FailoverScheduler({
    source: new RedisSightingSource({ redis, redisClock, keys, clock, logger }),
    directory: postgresDirectory(database),
    vitals: { receiveLagMs: () => threads.lagMs, redisLosses: () => redisLosses },
    clock,
    logger,
    heartbeatIntervalMs: settings.heartbeatIntervalSeconds * 1000,
    heartbeatTimeoutMs,
    tickMs: Math.min(
      TICK_MS_MAX,
      heartbeatTimeoutMs / 8,
      settings.healthCheckIntervalSeconds * 1000,
    ),
    breaker: {
      threshold: settings.failoverThreshold,
      percent: settings.failoverThresholdPercent,
      floor: settings.failoverThresholdFloor,
    },
    budget: { absolute: settings.failoverBudget, percent: settings.failoverBudgetPercent },
    amphoraeMax: AMPHORAE_MAX,
    isSilenceSuspect: settings.isSilenceSuspect,
    figures: openSchedulerMetrics(ground.registry),
  });
  return {
    name: scheduler.name,
    start: () => scheduler.start(),
    async stop() {
      await scheduler.stop();
      await database.end();
    },
  };
}
