import type { AntiAffinity, MachineSpec } from '../domain/machine-spec.ts';

/** A file that must lie in the machine before its agent starts. */
export interface BootFile {
  readonly path: string;
  readonly contents: string;
}

export interface BuildRequest {
  readonly amphoraId: string;
  /** `/etc/octavia/amphora-agent.conf`, `/etc/octavia/certs/server.pem`, `/etc/octavia/certs/client_ca.pem`. */
  readonly files: readonly BootFile[];
  /** What the driver cannot do of it, it refuses; a second `build` of the same amphora is not held against it. */
  readonly spec: MachineSpec;
}

export interface ComputeInstance {
  readonly computeId: string;
  readonly status: 'BUILDING' | 'ACTIVE' | 'ERROR';
  /** Why it is in ERROR, in the compute service's words. */
  readonly fault: string | null;
  /** Known once it is ACTIVE. */
  readonly lbNetworkIp: string | null;
  readonly zone: string | null;
  readonly imageId: string | null;
  readonly computeFlavor: string | null;
}

export interface BuiltMachine {
  readonly computeId: string;
  readonly amphoraId: string;
}

/**
 * Makes and removes the machines that amphorae are. Every method may be called again after a crash and must then
 * lead to the same end: a second `build` for the same amphora answers with the machine of the first.
 * Failures are `DriverFailure`.
 */
export interface ComputeDriver {
  build(request: BuildRequest): Promise<{ readonly computeId: string }>;
  /** A machine that does not exist is deleted already. */
  delete(computeId: string): Promise<void>;
  /** The machine built for an amphora, even when nobody wrote its id down; null when there is none. */
  find(amphoraId: string): Promise<ComputeInstance | null>;
  get(computeId: string): Promise<ComputeInstance | null>;
  /** All machines that were built for amphorae, whether anybody still knows of them or not. */
  list(): Promise<readonly BuiltMachine[]>;
  /** Hot-plugs a network port; attached already is success. */
  attachPort(computeId: string, portId: string): Promise<void>;
  /** Unplugs it; not attached, or no such machine, is success. */
  detachPort(computeId: string, portId: string): Promise<void>;
  /** One a name: a second call answers with the group of the first, whatever its policy. @returns the group's id */
  ensureServerGroup(name: string, policy: AntiAffinity): Promise<string>;
  /** By its name; no such group is success. Machines in it stay. */
  deleteServerGroup(name: string): Promise<void>;
}
