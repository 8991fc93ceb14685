import { DBOSClient } from '@dbos-inc/dbos-sdk';
import { engineLog } from './engine-log.ts';
import type { EngineOptions } from './engine-options.ts';
import { ENGINE_SCHEMA, engineUrl } from './schema.ts';

/** Between two looks into a queue, however much there is of news. */
const LOOK_INTERVAL_MS = 50;

/** To be called before the launch: from then on flows are taken, by the limits of whoever ran last until the engine looks again. */
export async function setQueueLimits(
  options: Pick<EngineOptions<never>, 'databaseUrl' | 'application' | 'queues' | 'logger'>,
): Promise<void> {
  const { databaseUrl, application, queues, logger } = options;
  const client = await DBOSClient.create({
    systemDatabaseUrl: engineUrl(databaseUrl),
    systemDatabaseSchemaName: ENGINE_SCHEMA,
    systemDatabasePoolSize: 1,
    applicationName: application,
    logger: engineLog(logger),
  });
  try {
    for (const { name, concurrency, totalMax } of queues)
      await client.registerQueue(name, {
        workerConcurrency: Math.min(concurrency, totalMax ?? concurrency),
        ...(totalMax === undefined ? {} : { globalConcurrency: totalMax }),
        minPollingIntervalMs: LOOK_INTERVAL_MS,
        onConflict: 'always_update',
      });
  } finally {
    await client.destroy();
  }
}
