import type { Database } from '#core/db/pool.ts';
import type { Topology } from '#core/domain/load-balancer.ts';
import type { AntiAffinity, MachineDefaults } from '#core/domain/machine-spec.ts';
import type { AmphoraDriver, ConnectPatience } from '#core/ports/amphora.ts';
import type { CertificateGenerator } from '#core/ports/certificates.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { BootFile, ComputeDriver } from '#core/ports/compute.ts';
import type { ImageDriver } from '#core/ports/image.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { NetworkDriver } from '#core/ports/network.ts';
import type { VolumeDriver } from '#core/ports/volume.ts';
import type { HungCalls } from './engine/hung-calls.ts';

/** What a new machine is made from, but for its certificate. */
export interface BootBlueprint {
  filesOf(amphoraId: string, topology: Topology, serverPem: string): Promise<readonly BootFile[]>;
  /** The agent's configuration alone: the first of those files as it would be now. */
  agentConfigOf(amphoraId: string, topology: Topology): string;
}

/** How long the worker waits for others. */
export interface Patience {
  /** Looks at a machine that is building. */
  readonly boot: ConnectPatience;
  /** For the first word of a new amphora; the amphora driver has its own for those that should be up. */
  readonly connect: ConnectPatience;
  /** For amphorae of a pair that are asked which of them has the VIP. */
  readonly standby: ConnectPatience;
  /** For each of a pair that is told of a change, while the other may do. */
  readonly pair: ConnectPatience;
}

/** The volumes that machines boot from. */
export interface BootVolumes {
  readonly sizeGib: number;
  readonly type: string | null;
  /** Volumes that are made for one machine before its build is given up. */
  readonly createAttemptsMax: number;
  /** Looks at a volume that is being made. */
  readonly available: ConnectPatience;
}

/** All that a step may reach: the database and the ports. `logger` carries the ids of the flow it runs in. */
export interface World {
  readonly database: Database;
  readonly compute: ComputeDriver;
  readonly image: ImageDriver;
  readonly volume: VolumeDriver;
  /** Null: machines boot from their images. */
  readonly bootVolumes: BootVolumes | null;
  readonly network: NetworkDriver;
  readonly amphora: AmphoraDriver;
  readonly certificates: CertificateGenerator;
  readonly blueprint: BootBlueprint;
  /** Whether the amphorae of a pair must, or should, be on different hosts; null: they need not. */
  readonly antiAffinity: AntiAffinity | null;
  readonly machineDefaults: MachineDefaults & {
    /** Whose images machines boot from; null: whoever's. */
    readonly imageOwnerId: string | null;
  };
  readonly patience: Patience;
  readonly hungCalls: HungCalls;
  readonly clock: Clock;
  readonly logger: Logger;
}
