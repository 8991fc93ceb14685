import { DriverFailure } from '#core/domain/errors.ts';
import type { Topology } from '#core/domain/load-balancer.ts';

/** Where things lie inside an amphora, and how it runs them. On a machine of its own: `MACHINE_PATHS`. */
export interface AmphoraPaths {
  readonly basePath: string;
  readonly baseCertDir: string;
  /** Interface files; null: the agent's own default. */
  readonly networkDir: string | null;
  /** Certificate and key of the agent. */
  readonly serverCert: string;
  /** CA of the controllers. */
  readonly clientCa: string;
  readonly bindHost: string;
  readonly haproxyNamespace: string;
  readonly serviceManager: 'systemd' | 'child';
  /** Null: `plugged_interfaces` in `basePath`. */
  readonly pluggedInterfacesFile: string | null;
}

/** Octavia's places, and its agent's defaults. */
export const MACHINE_PATHS: AmphoraPaths = {
  basePath: '/var/lib/octavia',
  baseCertDir: '/var/lib/octavia/certs',
  networkDir: null,
  serverCert: '/etc/octavia/certs/server.pem',
  clientCa: '/etc/octavia/certs/client_ca.pem',
  bindHost: '::',
  haproxyNamespace: 'amphora-haproxy',
  serviceManager: 'systemd',
  pluggedInterfacesFile: null,
};

export interface AgentConfigOptions {
  readonly amphoraId: string;
  /** The flavor's, else the deployment's. */
  readonly topology: Topology;
  readonly isDebug: boolean;
  readonly haproxyCmd: string;
  readonly bindPort: number;
  /** `host:port` of every health manager; IPv6 in brackets. */
  readonly controllers: readonly string[];
  readonly heartbeatIntervalSeconds: number;
  readonly heartbeatKey: string;
  readonly heartbeatWire: 'octavia' | 'native';
  readonly requestReadTimeoutSeconds: number;
  /** Agents of the original start only with TLSv1.2; ours take it as the oldest version they accept. */
  readonly tlsProtocolMin: 'TLSv1.2' | 'TLSv1.3';
  /** n of syslog's LOCALn. */
  readonly userLogFacility: number;
  readonly administrativeLogFacility: number;
  /** Null: log lines stay where they are. */
  readonly forwarding: LogForwarding | null;
  /** 0: no log files in the amphora. */
  readonly accessLogBytesMax: number;
  readonly paths: AmphoraPaths;
}

/** Where HAProxy's log lines go to; targets are `host:port` of syslog servers. */
export interface LogForwarding {
  readonly tenantLogTargets: readonly string[];
  readonly adminLogTargets: readonly string[];
  readonly logProtocol: 'UDP' | 'TCP';
  readonly logRetryCount: number;
  readonly logRetryIntervalSeconds: number;
  readonly logQueueSize: number;
  /** Administrators get the machine's journal, too. */
  readonly isEverythingForwarded: boolean;
  /** What is sent on is not kept in the amphora besides. */
  readonly isLocalStorageDisabled: boolean;
}

type Value = string | number | boolean | null;
type Line = readonly [option: string, value: Value];

/**
 * The agent's configuration file, which is put into the machine before it boots and sent again when it changes.
 * Values stand as they are: the original escapes them for HTML, and a heartbeat key with `&` in it then signs what no
 * controller verifies. Options of ours are written only where they differ from the agent's default, so that an
 * unmodified Octavia image reads the very file it knows.
 * @throws DriverFailure (permanent) naming the option whose value cannot stand in a file
 */
export function renderAgentConfig(options: AgentConfigOptions): string {
  const sections: readonly (readonly [string, readonly Line[]])[] = [
    ['DEFAULT', defaultLines(options)],
    ['haproxy_amphora', haproxyLines(options)],
    ['health_manager', heartbeatLines(options)],
    ['amphora_agent', agentLines(options)],
    ['controller_worker', [['loadbalancer_topology', options.topology]]],
  ];
  const texts = sections.map(([name, lines]) => {
    const own = lines.filter(([, value]) => value !== null);
    return `[${name}]\n${own.map(([option, value]) => lineOf(name, option, value)).join('\n')}\n`;
  });
  return texts.join('\n');
}

function defaultLines(options: AgentConfigOptions): readonly Line[] {
  return [
    ['debug', options.isDebug],
    ['use_syslog', true],
    ['syslog_log_facility', `LOG_LOCAL${options.administrativeLogFacility}`],
  ];
}

function haproxyLines({ paths, bindPort, haproxyCmd }: AgentConfigOptions): readonly Line[] {
  return [
    ['base_cert_dir', paths.baseCertDir],
    ['base_path', paths.basePath],
    ['bind_host', paths.bindHost],
    ['bind_port', bindPort],
    ['haproxy_cmd', haproxyCmd],
  ];
}

function heartbeatLines(options: AgentConfigOptions): readonly Line[] {
  return [
    ['controller_ip_port_list', options.controllers.join(', ')],
    ['heartbeat_interval', options.heartbeatIntervalSeconds],
    ['heartbeat_key', options.heartbeatKey],
    ['heartbeat_wire', unless('octavia', options.heartbeatWire)],
  ];
}

/** The log facilities stand here, and not under `[haproxy_amphora]` as in the original: this is where an agent looks. */
function agentLines(options: AgentConfigOptions): readonly Line[] {
  const { paths } = options;
  return [
    ['agent_server_ca', paths.clientCa],
    ['agent_server_cert', paths.serverCert],
    ['agent_server_network_dir', paths.networkDir],
    ['agent_request_read_timeout', options.requestReadTimeoutSeconds],
    ['amphora_id', options.amphoraId],
    ['amphora_udp_driver', 'keepalived_lvs'],
    ['agent_tls_protocol', options.tlsProtocolMin],
    ['user_log_facility', options.userLogFacility],
    ['administrative_log_facility', options.administrativeLogFacility],
    ...(options.forwarding === null ? [] : forwardingLines(options.forwarding)),
    ['access_log_bytes_max', unless('0', String(options.accessLogBytesMax))],
    ['haproxy_namespace', unless(MACHINE_PATHS.haproxyNamespace, paths.haproxyNamespace)],
    ['service_manager', unless(MACHINE_PATHS.serviceManager, paths.serviceManager)],
    ['plugged_interfaces_file', paths.pluggedInterfacesFile],
  ];
}

function forwardingLines(forwarding: LogForwarding): readonly Line[] {
  return [
    ['tenant_log_targets', unless('', forwarding.tenantLogTargets.join(', '))],
    ['admin_log_targets', unless('', forwarding.adminLogTargets.join(', '))],
    ['log_protocol', unless('UDP', forwarding.logProtocol)],
    ['log_retry_count', unless('5', String(forwarding.logRetryCount))],
    ['log_retry_interval', unless('2', String(forwarding.logRetryIntervalSeconds))],
    ['log_queue_size', unless('10000', String(forwarding.logQueueSize))],
    ['forward_all_logs', forwarding.isEverythingForwarded || null],
    ['disable_local_log_storage', forwarding.isLocalStorageDisabled || null],
  ];
}

function unless(agentDefault: string, value: string): string | null {
  return value === agentDefault ? null : value;
}

function lineOf(section: string, option: string, value: Value): string {
  if (typeof value === 'boolean') return `${option} = ${value ? 'True' : 'False'}`;
  const text = String(value);
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text))
    throw new DriverFailure(
      `agent configuration: [${section}] ${option} has a line break or another control character; it must be one line of text`,
      { retryable: false },
    );
  return `${option} = ${isReadBackAsIs(text) ? text : `"${text}"`}`;
}

/** Readers of this format strip blanks at both ends and then one pair of quotes. */
function isReadBackAsIs(text: string): boolean {
  return text === text.trim() && !/^(["']).*\1$/.test(text);
}
