import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A tenant network as a user of the API needs it. */
export interface TenantNetwork {
  readonly name: string;
  readonly networkId: string;
  readonly subnetId: string;
  readonly cidr: string;
  readonly ipv6: { readonly subnetId: string; readonly cidr: string } | null;
}

/** What `vip_qos_policy_id` may name. */
export interface KnownQosPolicy {
  readonly name: string;
  readonly id: string;
}

/** A process that we started. Pids come round again; with its start time a process is known for certain. */
export interface KnownProcess {
  readonly pid: number;
  /** In clock ticks since boot, as the kernel tells it. */
  readonly startTicks: string;
}

/** What demo, tests and scripts may know of a running cloud: `cloud.json` in its data folder. */
export interface CloudState {
  readonly version: 1;
  readonly status: 'starting' | 'ready' | 'stopping';
  readonly supervisor: KnownProcess;
  readonly drivers: 'local' | 'noop';
  readonly apiUrl: string;
  /** Base URL of /metrics, /healthz and /readyz, by daemon. */
  readonly telemetryUrls: Readonly<Record<string, string>>;
  readonly postgresUrl: string;
  readonly redisUrl: string;
  readonly configFile: string;
  readonly dataDir: string;
  readonly namePrefix: string;
  readonly lbNetworkCidr: string;
  readonly heartbeatTimeoutSeconds: number;
  readonly networks: readonly TenantNetwork[];
  readonly qosPolicies: readonly KnownQosPolicy[];
  /** PostgreSQL, Redis and the daemons, by name. */
  readonly processes: Readonly<Record<string, KnownProcess>>;
}

const fileIn = (dataDir: string): string => join(dataDir, 'cloud.json');

/** Null when no cloud has run there, or only one of another version. */
export function readState(dataDir: string): CloudState | null {
  const file = fileIn(dataDir);
  if (!existsSync(file)) return null;
  try {
    const state = JSON.parse(readFileSync(file, 'utf8')) as CloudState;
    return state.version === 1 ? state : null;
  } catch {
    return null; // torn by a full disk: what it said is lost, and the start that asks makes a new one
  }
}

/** Replaces the file at once, so that a reader never sees half of it. */
export function writeState(dataDir: string, state: CloudState): void {
  const file = fileIn(dataDir);
  writeFileSync(`${file}.new`, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

export function removeState(dataDir: string): void {
  rmSync(fileIn(dataDir), { force: true });
}

/** Null when there is no such process. */
export function knownProcess(pid: number): KnownProcess | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold anything; fields are counted after it: 3 is the state, 22 the start time.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const startTicks = fields[19];
    // A zombie has ended; in a container without an init process nobody may ever reap it.
    return startTicks === undefined || fields[0] === 'Z' ? null : { pid, startTicks };
  } catch {
    return null;
  }
}

export function isAlive(process: KnownProcess): boolean {
  return knownProcess(process.pid)?.startTicks === process.startTicks;
}
