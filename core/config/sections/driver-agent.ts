import { integer, text } from '../option.ts';
import { section } from '../section.ts';

export const driverAgent = section(
  'driver_agent',
  {
    statusSocketPath: text({
      name: 'status_socket_path',
      default: '/var/run/octavia/status.sock',
      help: 'socket for status updates',
    }),
    statsSocketPath: text({
      name: 'stats_socket_path',
      default: '/var/run/octavia/stats.sock',
      help: 'socket for statistics',
    }),
    getSocketPath: text({
      name: 'get_socket_path',
      default: '/var/run/octavia/get.sock',
      help: 'socket to read objects',
    }),
    requestTimeoutSeconds: integer({
      name: 'status_request_timeout',
      default: 5,
      min: 1,
      help: 'seconds a client may take to send its request',
    }),
    connectionsMax: integer({
      name: 'status_max_processes',
      default: 50,
      min: 1,
      help: 'clients served at a time, each socket',
    }),
  },
  [
    'stats_request_timeout',
    'get_request_timeout',
    'stats_max_processes',
    'get_max_processes',
    'max_process_warning_percent',
    'provider_agent_shutdown_timeout',
    'enabled_provider_agents',
  ],
);
