import { availableParallelism } from 'node:os';
import { KEY_PREFIX } from './exchange/heartbeat-keys.ts';
import type { Ground } from './ground.ts';
import type { IngestMetrics } from './metrics.ts';
import { IngestThreads } from './receiving/ingest-threads.ts';
import { trustedLagMs } from './scheduling/self-examination.ts';

/**
 * Statuses told without being news: as a safety net, each a minute at most, and at first sight or when asked for.
 * PostgreSQL has to bear it.
 */
const REFRESH_AFTER_MS = 60_000;
/** A report costs as much as thirty heartbeats without news: of a fleet of a million each has its turn in three hours. */
const REFRESHES_PER_SECOND = 100;
const REPORTS_PER_SECOND = 5000;
/** Twice what one manager is made for. Room that nobody needs takes no memory. */
const AMPHORAE_MAX = 2_000_000;
/** Two hear 100,000 heartbeats a second; who has more of them has a machine for it, and says how many threads. */
const THREADS_UNASKED = 2;
/** An amphora silent for this many timeouts is forgotten. */
const FORGET_AFTER_TIMEOUTS = 10;
/** Half an interval of silence before a lower sequence number tells of a restart, where the wire does not. */
const RESTART_AFTER_INTERVALS = 0.5;

/** The threads that hear heartbeats and bring them to Redis. */
export function openReceiving(ground: Ground, metrics: IngestMetrics): IngestThreads {
  const { config, logger, clock, heartbeatTimeoutMs, redisNoise } = ground;
  const settings = config.healthManager;
  const threads = settings.ingestThreads || Math.min(THREADS_UNASKED, availableParallelism());
  const trustedMs = trustedLagMs(heartbeatTimeoutMs);
  return new IngestThreads({
    count: threads,
    thread: {
      amphoraeMax: AMPHORAE_MAX,
      host: settings.bindIp,
      port: settings.bindPort,
      receiveBufferBytes: settings.receiveBufferBytes,
      keys: [settings.heartbeatKey, ...settings.heartbeatKeysPrevious],
      redis: config.redis,
      redisTimeoutMs: trustedMs,
      keyPrefix: KEY_PREFIX,
      refreshAfterMs: REFRESH_AFTER_MS,
      refreshesPerSecond: REFRESHES_PER_SECOND / threads,
      reportsPerSecond: REPORTS_PER_SECOND / threads,
      forgetAfterMs: heartbeatTimeoutMs * FORGET_AFTER_TIMEOUTS,
      restartAfterMs: settings.heartbeatIntervalSeconds * 1000 * RESTART_AFTER_INTERVALS,
    },
    logger,
    clock,
    figures(thread, figures) {
      metrics.thread(thread, figures);
      const { lastFailure: failure, lagMs, waiting } = figures;
      if (failure === null || lagMs <= trustedMs) return;
      if (redisNoise.isTime(`thread ${thread}`, clock.monotonicMs()))
        logger.warn(
          { thread, waiting, lag_ms: Math.round(lagMs), failure },
          'heartbeats wait for Redis',
        );
    },
    died(error) {
      // A supervisor starts a clean one; with fewer ears than there should be the living would look silent.
      logger.error({ error }, 'a thread that receives heartbeats has died, ending');
      process.exit(1);
    },
  });
}
