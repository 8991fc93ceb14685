import { decimal, flag, integer, optionalText, port, TIMER_SECONDS_MAX, text } from '../option.ts';
import { section } from '../section.ts';

/** Read by the controller (how to reach and configure amphorae) and by the agent (where things lie in the amphora). */
export const haproxyAmphora = section(
  'haproxy_amphora',
  {
    basePath: text({
      name: 'base_path',
      default: '/var/lib/octavia',
      help: 'state of the amphora',
    }),
    baseCertDir: text({
      name: 'base_cert_dir',
      default: '/var/lib/octavia/certs',
      help: "tenants' certificates in the amphora",
    }),
    haproxyCmd: text({ name: 'haproxy_cmd', default: '/usr/sbin/haproxy', help: 'HAProxy' }),
    isConnectionLogged: flag({
      name: 'connection_logging',
      default: true,
      help: "log tenants' connections",
    }),
    connectAttemptsMax: integer({
      name: 'connection_max_retries',
      default: 120,
      min: 1,
      help: 'attempts to reach an agent',
    }),
    connectIntervalSeconds: decimal({
      name: 'connection_retry_interval',
      default: 5,
      min: 0.01,
      max: TIMER_SECONDS_MAX,
      help: 'seconds between attempts',
    }),
    activeConnectAttemptsMax: integer({
      name: 'active_connection_max_retries',
      default: 15,
      min: 1,
      help: 'attempts on amphorae that should be up',
    }),
    activeConnectIntervalSeconds: decimal({
      name: 'active_connection_retry_interval',
      formerly: 'active_connection_rety_interval',
      default: 2,
      min: 0.01,
      max: TIMER_SECONDS_MAX,
      help: 'seconds between those',
    }),
    failoverConnectAttemptsMax: integer({
      name: 'failover_connection_max_retries',
      default: 2,
      min: 1,
      help: 'attempts to ask an amphora of a pair whether it has the VIP, before both are replaced',
    }),
    failoverConnectIntervalSeconds: decimal({
      name: 'failover_connection_retry_interval',
      default: 5,
      min: 0.01,
      max: TIMER_SECONDS_MAX,
      help: 'seconds between those',
    }),
    stickSize: text({
      name: 'haproxy_stick_size',
      default: '10k',
      help: 'entries of a stick table',
    }),
    userLogFormat: text({
      name: 'user_log_format',
      default:
        '{{ project_id }} {{ lb_id }} %f %ci %cp %t %{+Q}r %ST %B %U %[ssl_c_verify] %{+Q}[ssl_c_s_dn] %b %s %Tt %tsc',
      help: "tenants' log line",
    }),
    bindHost: text({ name: 'bind_host', default: '::', help: 'address the agent listens on' }),
    bindPort: port({ name: 'bind_port', default: 9443, help: 'port of the agent' }),
    lbNetworkInterface: text({
      name: 'lb_network_interface',
      default: 'o-hm0',
      help: 'zone of link-local agent addresses',
    }),
    requestConnectTimeoutSeconds: decimal({
      name: 'rest_request_conn_timeout',
      default: 10,
      min: 0.1,
      max: TIMER_SECONDS_MAX,
      help: 'seconds to connect to an agent',
    }),
    requestReadTimeoutSeconds: decimal({
      name: 'rest_request_read_timeout',
      default: 60,
      min: 0.1,
      max: TIMER_SECONDS_MAX,
      help: 'seconds to wait for its answer',
    }),
    timeoutClientDataMs: integer({
      name: 'timeout_client_data',
      default: 50_000,
      min: 0,
      help: 'listener default, ms',
    }),
    timeoutMemberConnectMs: integer({
      name: 'timeout_member_connect',
      default: 5000,
      min: 0,
      help: 'listener default, ms',
    }),
    timeoutMemberDataMs: integer({
      name: 'timeout_member_data',
      default: 50_000,
      min: 0,
      help: 'listener default, ms',
    }),
    timeoutTcpInspectMs: integer({
      name: 'timeout_tcp_inspect',
      default: 0,
      min: 0,
      help: 'listener default, ms',
    }),
    clientCert: text({
      name: 'client_cert',
      default: '/etc/octavia/certs/client.pem',
      help: 'certificate and key of the controller',
    }),
    serverCa: text({
      name: 'server_ca',
      default: '/etc/octavia/certs/server_ca.pem',
      help: "CA that signs agents' certificates",
    }),
    defaultConnectionLimit: integer({
      name: 'default_connection_limit',
      default: 50_000,
      min: 1,
      help: 'when the tenant set none',
    }),
    buildsMax: integer({
      name: 'build_rate_limit',
      default: -1,
      min: -1,
      help: 'amphorae that are being built at a time, by all workers together; -1 or 0: as many as are asked for',
    }),
    buildLooksMax: integer({
      name: 'build_active_retries',
      default: 120,
      min: 1,
      help: 'looks for a turn to be built before the build is given up',
    }),
    buildIntervalSeconds: integer({
      name: 'build_retry_interval',
      default: 5,
      min: 1,
      max: TIMER_SECONDS_MAX,
      help: 'seconds between those looks',
    }),
    defaultListenerCiphers: optionalText({
      name: 'default_listener_ciphers',
      help: 'ours: fallback of the renderer',
    }),
  },
  [
    {
      name: 'haproxy_template',
      why: 'the configuration of HAProxy is made by the program, not of a template',
    },
    'use_upstart',
    'respawn_count',
    'respawn_interval',
    { name: 'user_log_facility', why: 'it belongs under amphora_agent' },
    { name: 'administrative_log_facility', why: 'it belongs under amphora_agent' },
    'api_db_commit_retry_attempts',
    'api_db_commit_retry_initial_delay',
    'api_db_commit_retry_backoff',
    'api_db_commit_retry_max',
  ],
);
