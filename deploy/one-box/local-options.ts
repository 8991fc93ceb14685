import { join } from 'node:path';
import type { Database } from '#core/db/pool.ts';
import type { Logger } from '#core/ports/logger.ts';
import { systemClock } from '#core/service/system-clock.ts';
import type { LocalCloudOptions } from '#drivers/local/cloud-options.ts';

const AGENT = join(import.meta.dirname, '../../amphora-agent/start');

export interface LocalSettings {
  readonly namePrefix: string;
  readonly dataDir: string;
  readonly lbNetworkCidr: string;
  readonly networks: readonly string[];
  readonly qosPolicies: readonly string[];
}

/** The local cloud as its drivers know it; the worker makes the same from its configuration. */
export function localOptions(
  settings: LocalSettings,
  database: Database,
  logger: Logger,
): LocalCloudOptions {
  return {
    ...settings,
    database,
    logger,
    clock: systemClock,
    agentCommand: [AGENT, process.execPath],
  };
}
