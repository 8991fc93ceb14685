import type { Database } from '#core/db/pool.ts';
import { AntiAffinity, DEFAULT_MACHINE } from '#core/domain/machine-spec.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { NetworkPort } from '#core/ports/network.ts';
import type { Volume } from '#core/ports/volume.ts';
import { noopAmphora } from '#drivers/noop/amphora.ts';
import { noopCertificateGenerator } from '#drivers/noop/certificates.ts';
import { type NoopMachine, type NoopServerGroup, noopCompute } from '#drivers/noop/compute.ts';
import type { Faults } from '#drivers/noop/faults.ts';
import { type NoopImage, noopImage } from '#drivers/noop/image.ts';
import { noopNetwork } from '#drivers/noop/network.ts';
import { memoryStore, type NoopStore } from '#drivers/noop/store.ts';
import { noopVolume } from '#drivers/noop/volume.ts';
import { EMPTY_BLUEPRINT } from '../blueprint.ts';
import { HungCalls } from '../engine/hung-calls.ts';
import type { World } from '../world.ts';

/** What the noop drivers made. */
export interface NoopCloud {
  readonly machines: NoopStore<NoopMachine>;
  readonly ports: NoopStore<NetworkPort>;
  readonly vipPorts: NoopStore<string>;
  readonly serverGroups: NoopStore<NoopServerGroup>;
  readonly volumes: NoopStore<Volume>;
  /** Absent: whatever image somebody wants is there. */
  readonly images?: readonly NoopImage[];
}

export function memoryCloud(): NoopCloud {
  return {
    machines: memoryStore(),
    ports: memoryStore(),
    vipPorts: memoryStore(),
    serverGroups: memoryStore(),
    volumes: memoryStore(),
  };
}

export interface NoopWorldOptions {
  readonly database: Database;
  readonly cloud: NoopCloud;
  readonly faults: Faults;
  /** Hosts for machines that must be apart; no end of them when absent. */
  readonly hostCount?: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A world without machines, in which any call can be made to fail. */
export function noopWorld(options: NoopWorldOptions): World {
  const { database, cloud, faults, hostCount = Infinity, clock, logger } = options;
  const { machines, serverGroups, volumes, ports, vipPorts } = cloud;
  return {
    database,
    compute: noopCompute({ machines, serverGroups, volumes, hostCount, faults }),
    image: noopImage({ ...(cloud.images === undefined ? {} : { images: cloud.images }), faults }),
    volume: noopVolume({ volumes, machines, faults }),
    // What boots from its image does less in every flow.
    bootVolumes: {
      sizeGib: 16,
      type: null,
      createAttemptsMax: 3,
      available: { attemptsMax: 3, intervalMs: 10 },
    },
    network: noopNetwork({ ports, vipPorts, faults }),
    amphora: noopAmphora({ faults }),
    certificates: noopCertificateGenerator(clock, faults),
    blueprint: EMPTY_BLUEPRINT,
    antiAffinity: AntiAffinity.Hard,
    machineDefaults: { ...DEFAULT_MACHINE, imageTag: null, imageOwnerId: null, volumeZone: null },
    patience: {
      boot: { attemptsMax: 3, intervalMs: 10 },
      connect: { attemptsMax: 3, intervalMs: 10 },
      standby: { attemptsMax: 2, intervalMs: 10 },
      pair: { attemptsMax: 2, intervalMs: 10 },
    },
    hungCalls: new HungCalls({ clock }),
    clock,
    logger,
  };
}

/** Time that passes only in the books: waits take no time. */
export const impatientClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: async (_durationMs, signal) => signal?.throwIfAborted(),
};

export const silentLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLogger,
};
