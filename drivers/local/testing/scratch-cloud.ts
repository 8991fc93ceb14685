import { randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from '#core/db/pool.ts';
import type { Logger } from '#core/ports/logger.ts';
import { systemClock } from '#core/service/system-clock.ts';
import type { LocalCloudOptions } from '../cloud-options.ts';
import { LocalCloud } from '../local-cloud.ts';

export interface ScratchCloud {
  readonly options: LocalCloudOptions;
  readonly cloud: LocalCloud;
  readonly close: () => Promise<void>;
}

/** Does nothing until it is killed; the command line that starts it is an agent's. */
export const IDLE_AGENT = ['sh', '-c', 'while :; do sleep 60; done', 'agent'];

/**
 * A one-box cloud of a test's own: prefix and ranges that nobody on this host has, so that it runs beside any other.
 * Started; `close` leaves nothing behind, not even its folder.
 */
export async function startScratchCloud(
  database: Database,
  agentCommand: readonly string[] = IDLE_AGENT,
  changes: Partial<LocalCloudOptions> = {},
): Promise<ScratchCloud> {
  const second = freeSecondByte();
  const third = 32 * randomInt(8);
  const namePrefix = randomPrefix();
  const options: LocalCloudOptions = {
    database,
    namePrefix,
    dataDir: await mkdtemp(join(tmpdir(), `cloud-${namePrefix}-`)),
    lbNetworkCidr: `100.${second}.${third}.0/22`,
    networks: [
      `private=100.${second}.${third + 8}.0/22+fd00:${second}:${third}::/64`,
      `other=100.${second}.${third + 16}.0/24`,
      `tiny=100.${second}.${third + 24}.0/28`,
    ],
    qosPolicies: [],
    agentCommand,
    logger: SILENT,
    clock: systemClock,
    ...changes,
  };
  const cloud = new LocalCloud(options);
  const close = async (): Promise<void> => {
    await cloud.stop();
    await rm(options.dataDir, { recursive: true, force: true });
  };
  await cloud.start().catch(async (error: unknown) => {
    await close();
    throw error;
  });
  return { options, cloud, close };
}

/** No log lines in a test's output. */
export const SILENT: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => SILENT,
};

/** Begins with z, so that a person who sees one on a host knows it for a test's. */
function randomPrefix(): string {
  return `z${Array.from({ length: 3 }, () => String.fromCharCode(97 + randomInt(26))).join('')}`;
}

/** 100.64.0.0/10 is set aside for carriers: no host of ours lies in it. */
function freeSecondByte(): number {
  const used = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .map(({ address }) => /^100\.(\d+)\./.exec(address)?.[1]);
  for (;;) {
    const second = 64 + randomInt(64);
    if (!used.includes(String(second))) return second;
  }
}
