/** Something that runs in the amphora beside the agent, and outlives it. */
export interface Unit {
  /** `haproxy-<load balancer>`, `octavia-keepalivedlvs-<listener>`, `octavia-keepalived`. */
  readonly name: string;
  /** Text of its systemd unit. */
  readonly unitFile: string;
  /** Starts it where there is no systemd: the command ends once the daemon works. */
  readonly start: readonly string[];
  readonly pidFile: string;
  /** Of processes that it starts itself, and that may be left over when it is killed. */
  readonly childPidFiles: readonly string[];
  readonly reloadSignal: 'SIGUSR2' | 'SIGHUP';
}

/** Runs units. Every call may be repeated; each rejects with `ServiceFailure`. */
export interface ServiceManager {
  /** Makes it known and started at boot; an existing unit file stays as it is. */
  install(unit: Unit): Promise<void>;
  /** Forgets it; it must be stopped. */
  remove(unit: Unit): Promise<void>;
  start(unit: Unit): Promise<void>;
  stop(unit: Unit): Promise<void>;
  reload(unit: Unit): Promise<void>;
  restart(unit: Unit): Promise<void>;
}

/** The service manager could not; `output` are its words. */
export class ServiceFailure extends Error {
  readonly output: string;

  constructor(unit: string, action: string, output: string) {
    super(`${unit} could not ${action}: ${output.trim()}`);
    this.name = 'ServiceFailure';
    this.output = output;
  }
}
