import { flag, integer, text } from '../option.ts';
import { section } from '../section.ts';

const requestTimeout = (name: string) =>
  integer({
    name: `${name}_request_timeout`,
    default: 5,
    min: 1,
    max: 3600,
    help: 'seconds a client may take to send its request, and again to read the answer',
  });
const requestsMax = (name: string) =>
  integer({
    name: `${name}_max_processes`,
    default: 50,
    min: 1,
    max: 1000,
    help: 'requests worked on at a time; further clients wait',
  });

export const driverAgent = section(
  'driver_agent',
  {
    statusSocketPath: text({
      name: 'status_socket_path',
      default: '/var/run/octavia/status.sock',
      help: 'socket for status updates',
    }),
    statusRequestTimeoutSeconds: requestTimeout('status'),
    statusRequestsMax: requestsMax('status'),
    statsSocketPath: text({
      name: 'stats_socket_path',
      default: '/var/run/octavia/stats.sock',
      help: 'socket for statistics',
    }),
    statsRequestTimeoutSeconds: requestTimeout('stats'),
    statsRequestsMax: requestsMax('stats'),
    getSocketPath: text({
      name: 'get_socket_path',
      default: '/var/run/octavia/get.sock',
      help: 'socket to read objects; they may contain private keys',
    }),
    getRequestTimeoutSeconds: requestTimeout('get'),
    getRequestsMax: requestsMax('get'),
    isOldOctaviaLib: flag({
      name: 'old_octavia_lib',
      default: false,
      help: 'ours: providers use octavia-lib before 3.8, which refuses objects with attributes it does not know',
    }),
  },
  ['max_process_warning_percent', 'provider_agent_shutdown_timeout', 'enabled_provider_agents'],
);
