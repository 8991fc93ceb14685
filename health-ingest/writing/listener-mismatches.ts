import type { Redis } from 'ioredis';
import type { Logger } from '#core/ports/logger.ts';
import type { HeartbeatKeys } from '../exchange/heartbeat-keys.ts';
import type { Applied } from './report-application.ts';

/**
 * Notes for the failover scheduler since when an amphora has not carried what it should.
 * @throws when Redis did not take all of it
 */
export async function markMismatches(
  applied: readonly Applied[],
  {
    redis,
    keys,
    logger,
  }: { readonly redis: Redis; readonly keys: HeartbeatKeys; readonly logger: Logger },
): Promise<void> {
  if (applied.length === 0) return;
  const right = applied.filter(({ decision }) => decision.isListenerCountRight);
  const wrong = applied.filter(({ decision }) => !decision.isListenerCountRight);
  const pipeline = redis.pipeline();
  for (const { report } of wrong)
    pipeline.zadd(keys.mismatch, 'NX', report.receivedAtMs, report.amphoraId);
  if (right.length > 0)
    pipeline.zrem(keys.mismatch, ...right.map(({ report }) => report.amphoraId));
  const results = (await pipeline.exec()) ?? [];
  const failure = results.find(([error]) => error !== null)?.[0];
  if (failure) throw failure;
  for (const [index, { report, sender }] of wrong.entries())
    if (results[index]?.[1] === 1)
      logger.warn(
        {
          amphora_id: report.amphoraId,
          load_balancer_id: sender.loadBalancerId,
          listeners: [...report.listeners.keys()],
        },
        'the amphora does not carry the listeners it should',
      );
}
