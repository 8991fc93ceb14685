import { choice, dictionary, flag, integer, list, optionalText, port, text } from '../option.ts';
import { section } from '../section.ts';

// OWASP cipher string B: TLS 1.3 suites, then ECDHE and DHE with AES-GCM or ChaCha20.
const OWASP_B =
  'TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:' +
  'ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:DHE-RSA-AES256-GCM-SHA384:' +
  'ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:DHE-RSA-CHACHA20-POLY1305:' +
  'ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES128-GCM-SHA256';

export const apiSettings = section(
  'api_settings',
  {
    bindHost: text({ name: 'bind_host', default: '127.0.0.1', help: 'address the API listens on' }),
    bindPort: port({ name: 'bind_port', default: 9876, help: 'port the API listens on' }),
    authStrategy: choice({
      name: 'auth_strategy',
      of: ['keystone', 'noauth'],
      default: 'keystone',
      help: 'keystone: by token, see [keystone_authtoken]; noauth: every caller is an administrator, quotas are not enforced',
    }),
    noAuthProjectId: optionalText({
      name: 'noauth_project_id',
      help: 'ours: with noauth, the project of callers that send no X-Project-Id; unset: they must name one',
    }),
    allowPagination: flag({
      name: 'allow_pagination',
      default: true,
      help: 'serve limit and marker',
    }),
    allowSorting: flag({ name: 'allow_sorting', default: true, help: 'serve sort keys' }),
    allowFiltering: flag({ name: 'allow_filtering', default: true, help: 'serve filters' }),
    allowFieldSelection: flag({
      name: 'allow_field_selection',
      default: true,
      help: 'serve fields',
    }),
    paginationMaxLimit: text({
      name: 'pagination_max_limit',
      default: '1000',
      help: 'largest page; "infinite" or negative: none',
    }),
    apiBaseUri: optionalText({
      name: 'api_base_uri',
      help: 'base of links, when a proxy hides the real one',
    }),
    allowTlsTerminatedListeners: flag({
      name: 'allow_tls_terminated_listeners',
      default: true,
      help: 'accept TERMINATED_HTTPS',
    }),
    allowPingHealthMonitors: flag({
      name: 'allow_ping_health_monitors',
      default: true,
      help: 'accept PING monitors',
    }),
    allowPrometheusListeners: flag({
      name: 'allow_prometheus_listeners',
      default: true,
      help: 'accept PROMETHEUS',
    }),
    enabledProviderDrivers: dictionary({
      name: 'enabled_provider_drivers',
      default: {
        amphora: 'The Octavia Amphora driver.',
        octavia: 'Deprecated alias of the Octavia Amphora driver.',
      },
      help: 'name: description of each provider users may choose',
    }),
    providerDriverPackages: dictionary({
      name: 'provider_driver_packages',
      default: {},
      help: 'ours: name: npm package, or the absolute path of one, of each enabled provider that is not among ours',
    }),
    defaultProviderDriver: text({
      name: 'default_provider_driver',
      default: 'amphora',
      help: 'provider when the user names none',
    }),
    udpConnectDelayMinSeconds: integer({
      name: 'udp_connect_min_interval_health_monitor',
      default: 3,
      help: 'smallest delay of a UDP-CONNECT monitor; negative: none',
    }),
    healthcheckEnabled: flag({
      name: 'healthcheck_enabled',
      default: false,
      help: 'serve /healthcheck',
    }),
    healthcheckRefreshIntervalSeconds: integer({
      name: 'healthcheck_refresh_interval',
      default: 5,
      min: 0,
      help: 'seconds a health check result is kept',
    }),
    defaultListenerCiphers: text({
      name: 'default_listener_ciphers',
      default: OWASP_B,
      help: 'OpenSSL cipher list',
    }),
    defaultPoolCiphers: text({
      name: 'default_pool_ciphers',
      default: OWASP_B,
      help: 'OpenSSL cipher list',
    }),
    tlsCipherProhibitList: text({
      name: 'tls_cipher_prohibit_list',
      formerly: 'tls_cipher_blacklist',
      default: '',
      help: 'ciphers users may not choose, separated by colons',
    }),
    defaultListenerTlsVersions: list({
      name: 'default_listener_tls_versions',
      default: ['TLSv1.2', 'TLSv1.3'],
      help: 'TLS versions',
    }),
    defaultPoolTlsVersions: list({
      name: 'default_pool_tls_versions',
      default: ['TLSv1.2', 'TLSv1.3'],
      help: 'TLS versions',
    }),
    minimumTlsVersion: optionalText({ name: 'minimum_tls_version', help: 'SSLv3 to TLSv1.3' }),
    defaultListenerAlpnProtocols: list({
      name: 'default_listener_alpn_protocols',
      default: ['h2', 'http/1.1', 'http/1.0'],
      help: 'ALPN ids',
    }),
    defaultPoolAlpnProtocols: list({
      name: 'default_pool_alpn_protocols',
      default: ['h2', 'http/1.1', 'http/1.0'],
      help: 'ALPN ids',
    }),
  },
  ['pagination_enabled'],
);
