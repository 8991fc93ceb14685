import { choice, flag, integer, list, optionalText, TIMER_SECONDS_MAX, text } from '../option.ts';
import { section } from '../section.ts';

/** Rendered by the controller into the amphora, read by its agent. */
export const amphoraAgent = section(
  'amphora_agent',
  {
    amphoraId: text({ name: 'amphora_id', default: '', help: 'which amphora this is' }),
    agentServerCa: text({
      name: 'agent_server_ca',
      default: '/etc/octavia/certs/client_ca.pem',
      help: 'CA of the controllers',
    }),
    agentServerCert: text({
      name: 'agent_server_cert',
      default: '/etc/octavia/certs/server.pem',
      help: 'certificate and key of the agent',
    }),
    agentServerNetworkDir: text({
      name: 'agent_server_network_dir',
      default: '/etc/octavia/interfaces',
      help: 'interface files',
    }),
    requestReadTimeoutSeconds: integer({
      name: 'agent_request_read_timeout',
      default: 180,
      min: 1,
      max: TIMER_SECONDS_MAX,
      help: 'seconds a request may take',
    }),
    tlsProtocolMin: choice({
      name: 'agent_tls_protocol',
      of: ['TLSv1.2', 'TLSv1.3'],
      default: 'TLSv1.2',
      help: 'oldest TLS version',
    }),
    haproxyNamespace: text({
      name: 'haproxy_namespace',
      default: 'amphora-haproxy',
      help: 'ours: network namespace of HAProxy',
    }),
    serviceManager: choice({
      name: 'service_manager',
      of: ['systemd', 'child'],
      default: 'systemd',
      help: 'ours: who runs HAProxy and keepalived; child: the agent, where there is no systemd',
    }),
    serviceUnitDir: text({
      name: 'service_unit_dir',
      default: '/usr/lib/systemd/system',
      help: 'ours: where unit files are written with service_manager = systemd',
    }),
    udpDataPath: choice({
      name: 'udp_data_path',
      of: ['auto', 'ipvs', 'nftables'],
      default: 'auto',
      help: 'ours: what balances UDP and SCTP; auto: IPVS where the kernel has it, else nftables',
    }),
    userLogFacility: integer({
      name: 'user_log_facility',
      default: 0,
      min: 0,
      max: 7,
      help: "n of syslog's LOCALn, for tenants' connections",
    }),
    administrativeLogFacility: integer({
      name: 'administrative_log_facility',
      default: 1,
      min: 0,
      max: 7,
      help: "n of syslog's LOCALn, for what operators are to know; another than user_log_facility",
    }),
    tenantLogTargets: list({
      name: 'tenant_log_targets',
      default: [],
      help: "host:port of syslog servers for tenants' connection logs; the others replace the first when it cannot be sent to",
    }),
    adminLogTargets: list({
      name: 'admin_log_targets',
      default: [],
      help: 'the same for what HAProxy says of members and of itself',
    }),
    logProtocol: choice({
      name: 'log_protocol',
      of: ['UDP', 'TCP'],
      default: 'UDP',
      help: 'how syslog servers are sent to',
    }),
    logRetryCount: integer({
      name: 'log_retry_count',
      default: 5,
      min: 0,
      max: 1000,
      help: 'with TCP: attempts at a syslog server after the first, before the next one is tried',
    }),
    logRetryIntervalSeconds: integer({
      name: 'log_retry_interval',
      default: 2,
      min: 1,
      max: 3600,
      help: 'seconds between them',
    }),
    logQueueSize: integer({
      name: 'log_queue_size',
      default: 10_000,
      min: 1,
      max: 1_000_000,
      help: 'with TCP: log lines that wait for a syslog server; more are dropped',
    }),
    isEverythingForwarded: flag({
      name: 'forward_all_logs',
      default: false,
      help: "admin_log_targets get the machine's journal too, not only what HAProxy and the agent say",
    }),
    isLocalStorageDisabled: flag({
      name: 'disable_local_log_storage',
      default: false,
      help: "lines of HAProxy's log are kept neither in access.log nor by the syslog of the machine",
    }),
    accessLogBytesMax: integer({
      name: 'access_log_bytes_max',
      default: 0,
      min: 0,
      max: 1024 * 1024 * 1024,
      help: "ours: bytes of access.log, a file of tenants' connections for each load balancer on its amphora, and of the one before; 0: none",
    }),
    plugInterfacesFile: optionalText({
      name: 'plugged_interfaces_file',
      help: 'ours; unset: plugged_interfaces in base_path',
    }),
  },
  [
    { name: 'amphora_udp_driver', why: 'udp_data_path says what balances UDP' },
    'agent_server_network_file',
    {
      name: 'logging_template_override',
      why: 'the agent sends log lines on by itself, there is no file of rsyslog to write; use the other log options',
    },
  ],
);
