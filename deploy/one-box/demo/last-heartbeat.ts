import { Redis } from 'ioredis';
import { heartbeatKeys, KEY_PREFIX } from '../../../health-ingest/heartbeat-store.ts';

/**
 * @returns when an amphora was heard last, in milliseconds since the epoch by Redis' clock, which on one box is ours
 * @throws Error when it was never heard
 */
export async function lastHeartbeatMs(redisUrl: string, amphoraId: string): Promise<number> {
  const redis = new Redis(redisUrl, { lazyConnect: true, maxRetriesPerRequest: 1 });
  try {
    await redis.connect();
    const score = await redis.zscore(heartbeatKeys(KEY_PREFIX).lastSeen, amphoraId);
    if (score === null) throw new Error(`amphora ${amphoraId} never sent a heartbeat`);
    return Number(score);
  } finally {
    redis.disconnect();
  }
}
