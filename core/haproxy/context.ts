/** What the file depends on besides the tree: how this deployment is set up, and what the amphora said of itself. */
export interface HaproxyContext {
  readonly options: HaproxyOptions;
  readonly paths: HaproxyPaths;
  /** The distribution's package version, as the agent reports it, e.g. `2.6.12-1+deb12u4`. */
  readonly haproxyVersion: string;
  readonly machine: MachineDetails;
  /** Reference of a certificate, CA or revocation list → the name of its file on the amphora. */
  readonly certificateFiles: ReadonlyMap<string, string>;
}

/** Options of `[haproxy_amphora]` and, for the log facilities, `[amphora_agent]`. */
export interface HaproxyOptions {
  readonly isConnectionLogged: boolean;
  /** May hold `{{ project_id }}` and `{{ lb_id }}`. */
  readonly userLogFormat: string;
  /** n of syslog's LOCALn. */
  readonly userLogFacility: number;
  readonly administrativeLogFacility: number;
  /** Entries of a stick table, e.g. `10k`. */
  readonly stickSize: string;
  readonly defaultConnectionLimit: number;
  readonly timeoutClientDataMs: number;
  readonly timeoutMemberConnectMs: number;
  readonly timeoutMemberDataMs: number;
  readonly timeoutTcpInspectMs: number;
  /** Take the place of stored ciphers that cannot be written; null: such a listener or pool is refused. */
  readonly defaultListenerCiphers: string | null;
  readonly defaultPoolCiphers: string | null;
}

/** Where things lie inside the amphora. */
export interface HaproxyPaths {
  /** `[haproxy_amphora] base_path` of the agent. */
  readonly basePath: string;
  /** `base_cert_dir` of the agent. */
  readonly baseCertDir: string;
  /** `service_manager` of the agent; left out: systemd. With `child`, the machine is one that others use, too. */
  readonly serviceManager?: 'systemd' | 'child';
  /** `haproxy_namespace` of the agent; left out: that of an Octavia image. */
  readonly haproxyNamespace?: string;
}

/** From the agent's `details`. Older agents tell less: null and '' mean "no tuning". */
export interface MachineDetails {
  readonly cpuCount: number | null;
  readonly activeTunedProfiles: string;
  readonly memory: {
    readonly freeKib: number;
    readonly buffersKib: number;
    readonly cachedKib: number;
  } | null;
}

export const NO_MACHINE_DETAILS: MachineDetails = {
  cpuCount: null,
  activeTunedProfiles: '',
  memory: null,
};

/** The places of an Octavia image. */
export const IMAGE_PATHS: HaproxyPaths = {
  basePath: '/var/lib/octavia',
  baseCertDir: '/var/lib/octavia/certs',
};
