import { dictionary, flag, integer, list, text } from '../option.ts';
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
    enabledAgents: list({
      name: 'enabled_provider_agents',
      default: [],
      help: "providers' own programs that run beside the sockets, by name",
    }),
    agentCommands: dictionary({
      name: 'provider_agent_commands',
      default: {},
      help: "ours: the program of each, with its arguments, separated by blanks; it finds the sockets' paths in OCTAVIA_STATUS_SOCKET, OCTAVIA_STATS_SOCKET and OCTAVIA_GET_SOCKET",
    }),
    agentShutdownTimeoutSeconds: integer({
      name: 'provider_agent_shutdown_timeout',
      default: 60,
      min: 1,
      max: 3600,
      help: 'seconds from SIGTERM to SIGKILL when such a program does not end',
    }),
  },
  ['max_process_warning_percent'],
);
