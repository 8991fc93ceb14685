import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError, loadConfig } from '#core/config/load.ts';
import * as sections from '#core/config/sections.ts';
import type { Credentials } from './credentials.ts';
import { DAEMONS } from './daemons.ts';
import type { OneBoxOptions } from './options.ts';
import { StartProblem } from './start-problem.ts';

export interface Endpoints {
  readonly postgresUrl: string;
  readonly redisUrl: string;
  /** The address on the LB network at which amphorae find the health manager. */
  readonly heartbeatHost: string;
}

// Nobody reports where amphorae are noop, so silence there means nothing.
const DRIVERS = {
  local: {
    amphora_driver: 'amphora_haproxy_rest_driver',
    compute_driver: 'compute_local_driver',
    network_driver: 'network_local_driver',
  },
  noop: {
    amphora_driver: 'amphora_noop_driver',
    compute_driver: 'compute_noop_driver',
    network_driver: 'network_noop_driver',
  },
} as const;

// Everyone's project: without Keystone the openstack command names none.
const PROJECT_ID = 'b0e1f7f2c5d94d5ea0a1000000000001';

type Values = Readonly<Record<string, Readonly<Record<string, string | number | boolean>>>>;

/**
 * Writes the octavia.conf that all daemons of the cloud read. The operator's own options come last, and so win.
 * @param own what `readOwnOptions` gave
 * @returns the file, and the heartbeat timeout that is in force
 */
export function writeOctaviaConf(
  options: OneBoxOptions,
  credentials: Credentials,
  endpoints: Endpoints,
  own: string,
): { readonly configFile: string; readonly heartbeatTimeoutSeconds: number } {
  const values = everywhere(options, credentials, endpoints);
  const text = `# Written anew at every start; put what shall differ into a file of your own: npm start -- --config-file FILE\n${render(values)}\n[DEFAULT]\n${own}`;
  const file = join(options.dataDir, 'octavia.conf');
  writeFileSync(file, text, { mode: 0o600 });
  const { config } = loadConfig(sections, { name: file, text }, process.env);
  return {
    configFile: file,
    heartbeatTimeoutSeconds: config.healthManager.heartbeatTimeoutSeconds,
  };
}

/**
 * Reads and checks the operator's file.
 * @throws StartProblem naming the file, the line and what would be right
 */
export function readOwnOptions(file: string | null): string {
  if (file === null) return '';
  if (!existsSync(file))
    throw new StartProblem(
      `--config-file ${file} does not exist; give a file in octavia.conf's format`,
    );
  const text = readFileSync(file, 'utf8');
  try {
    loadConfig(sections, { name: file, text }, {});
  } catch (error) {
    if (error instanceof ConfigError) throw new StartProblem(error.message, { cause: error });
    throw error;
  }
  return text;
}

function everywhere(
  options: OneBoxOptions,
  credentials: Credentials,
  { postgresUrl, redisUrl, heartbeatHost }: Endpoints,
): Values {
  const run = join(options.dataDir, 'run');
  return {
    DEFAULT: { graceful_shutdown_timeout: 15 },
    database: { connection: postgresUrl },
    redis: { url: redisUrl },
    api_settings: {
      bind_host: options.apiHost,
      bind_port: options.apiPort,
      auth_strategy: 'noauth',
      noauth_project_id: PROJECT_ID,
    },
    telemetry: Object.fromEntries(
      DAEMONS.map(({ portOption, portOffset }) => [portOption, options.telemetryPort + portOffset]),
    ),
    // Five times what the wire needs: a busy laptop may lose a heartbeat or three, a dead amphora is found in 6 s.
    health_manager: {
      bind_ip: heartbeatHost,
      bind_port: options.heartbeatPort,
      controller_ip_port_list: `${heartbeatHost}:${options.heartbeatPort}`,
      heartbeat_key: credentials.heartbeatKey,
      heartbeat_interval: 1,
      heartbeat_timeout: 5,
      health_check_interval: 1,
      heartbeat_wire: 'native',
      expect_heartbeats: options.drivers === 'local',
    },
    // A namespace boots in milliseconds, not minutes: look often, for as long as Octavia would.
    haproxy_amphora: {
      server_ca: credentials.serverCaFile,
      client_cert: credentials.clientFile,
      connection_retry_interval: 0.03,
      connection_max_retries: 1000,
      active_connection_retry_interval: 0.05,
      active_connection_max_retries: 100,
      failover_connection_retry_interval: 0.2,
      rest_request_conn_timeout: 2,
      rest_request_read_timeout: 20,
    },
    certificates: {
      cert_manager: 'local_cert_manager',
      server_certs_key_passphrase: credentials.certificatesPassphrase,
      ca_certificate: credentials.serverCaFile,
      ca_private_key: credentials.serverCaKeyFile,
      cert_validity_time: 365 * 86_400,
    },
    driver_agent: {
      status_socket_path: join(run, 'status.sock'),
      stats_socket_path: join(run, 'stats.sock'),
      get_socket_path: join(run, 'get.sock'),
    },
    local_cloud: {
      name_prefix: options.namePrefix,
      data_dir: options.dataDir,
      lb_network_cidr: options.lbNetworkCidr,
      networks: options.network,
      qos_policies: options.qosPolicies.join(', '),
    },
    controller_worker: {
      ...DRIVERS[options.drivers],
      client_ca: credentials.clientCaFile,
      amp_active_wait_sec: 0.03,
      amp_active_retries: 1000,
    },
  };
}

function render(values: Values): string {
  return Object.entries(values)
    .map(
      ([section, pairs]) =>
        `[${section}]\n${Object.entries(pairs)
          .map(([name, value]) => `${name} = ${value}\n`)
          .join('')}`,
    )
    .join('\n');
}
