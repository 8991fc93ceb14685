/** What HAProxy counts of one kind of thing, and what tenants know that thing as. */
export interface MetricFamily {
  readonly haproxyPrefix: string;
  readonly octaviaPrefix: string;
  /** HAProxy's label → Octavia's; others stay. */
  readonly labels: Readonly<Record<string, string>>;
  /** What follows the prefixes, where it is the same in both. */
  readonly names: readonly string[];
  /** What follows HAProxy's prefix → the whole name, where it is not. */
  readonly renamed: Readonly<Record<string, string>>;
}

const SSL_RATES = ['current_ssl_rate', 'limit_ssl_rate', 'max_ssl_rate'];
const KEY_RATES = [
  'current_frontend_ssl_key_rate',
  'max_frontend_ssl_key_rate',
  'frontend_ssl_reuse',
  'current_backend_ssl_key_rate',
  'max_backend_ssl_key_rate',
];
const SESSIONS = [
  'status',
  'current_sessions',
  'max_sessions',
  'limit_sessions',
  'sessions_total',
  'max_session_rate',
];
const TRAFFIC = [
  'bytes_in_total',
  'bytes_out_total',
  'responses_denied_total',
  'failed_header_rewriting_total',
  'http_responses_total',
];
const HTTP = [
  'requests_denied_total',
  'http_requests_total',
  'http_cache_lookups_total',
  'http_cache_hits_total',
  'http_comp_bytes_in_total',
  'http_comp_bytes_out_total',
  'http_comp_bytes_bypassed_total',
  'http_comp_responses_total',
];
/** Of what talks to members. */
const TOWARDS_MEMBERS = [
  'last_session_seconds',
  'current_queue',
  'max_queue',
  'connection_attempts_total',
  'connection_reuses_total',
  'queue_time_average_seconds',
  'connect_time_average_seconds',
  'response_time_average_seconds',
  'total_time_average_seconds',
  'max_queue_time_seconds',
  'max_connect_time_seconds',
  'max_response_time_seconds',
  'max_total_time_seconds',
  'connection_errors_total',
  'response_errors_total',
  'retry_warnings_total',
  'redispatch_warnings_total',
  'client_aborts_total',
  'check_up_down_total',
  'check_last_change_seconds',
  'downtime_seconds_total',
  'loadbalanced_total',
];

/** All that tenants get to see; whatever else HAProxy counts is the operator's. */
export const METRIC_FAMILIES: readonly MetricFamily[] = [
  {
    haproxyPrefix: 'haproxy_process_',
    octaviaPrefix: 'octavia_loadbalancer_',
    labels: {},
    names: [
      'max_connections',
      'current_connections',
      'connections_total',
      'requests_total',
      'max_ssl_connections',
      'current_ssl_connections',
      'ssl_connections_total',
      'current_connection_rate',
      'limit_connection_rate',
      'max_connection_rate',
      'current_session_rate',
      'limit_session_rate',
      'max_session_rate',
      ...SSL_RATES,
      ...KEY_RATES,
      'ssl_cache_lookups_total',
      'ssl_cache_misses_total',
      'http_comp_bytes_in_total',
      'http_comp_bytes_out_total',
      'limit_http_comp',
      'listeners',
      'dropped_logs_total',
    ],
    renamed: {
      pool_allocated_bytes: 'octavia_memory_pool_allocated_bytes',
      pool_used_bytes: 'octavia_memory_pool_used_bytes',
      pool_failures_total: 'octavia_memory_pool_failures_total',
    },
  },
  {
    haproxyPrefix: 'haproxy_frontend_',
    octaviaPrefix: 'octavia_listener_',
    labels: { proxy: 'listener' },
    names: [
      ...SESSIONS,
      ...TRAFFIC,
      ...HTTP,
      'limit_session_rate',
      'connections_rate_max',
      'connections_total',
      'request_errors_total',
      'denied_connections_total',
      'denied_sessions_total',
      'http_requests_rate_max',
      'intercepted_requests_total',
    ],
    renamed: {},
  },
  {
    haproxyPrefix: 'haproxy_backend_',
    octaviaPrefix: 'octavia_pool_',
    labels: { proxy: 'pool' },
    names: [...SESSIONS, ...TRAFFIC, ...HTTP, ...TOWARDS_MEMBERS],
    renamed: {
      server_aborts_total: 'octavia_pool_member_aborts_total',
      active_servers: 'octavia_pool_active_members',
      backup_servers: 'octavia_pool_backup_members',
    },
  },
  {
    haproxyPrefix: 'haproxy_server_',
    octaviaPrefix: 'octavia_member_',
    labels: { proxy: 'pool', server: 'member' },
    names: [
      ...SESSIONS,
      ...TRAFFIC,
      ...TOWARDS_MEMBERS,
      'queue_limit',
      'server_aborts_total',
      'weight',
      'check_failures_total',
      'current_throttle',
      'idle_connections_current',
      'idle_connections_limit',
    ],
    renamed: {},
  },
];
