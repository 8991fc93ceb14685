import { choice, flag, integer, text } from '../option.ts';
import { section } from '../section.ts';

export const defaults = section(
  'DEFAULT',
  {
    isDebug: flag({ name: 'debug', default: false, help: 'log at level debug' }),
    logFormat: choice({
      name: 'log_format',
      of: ['json', 'pretty'],
      default: 'json',
      help: 'ours: one JSON object a line, or text for people',
    }),
    host: text({ name: 'host', default: '', help: 'name of this node; empty: the host name' }),
    gracefulShutdownTimeoutSeconds: integer({
      name: 'graceful_shutdown_timeout',
      default: 60,
      min: 1,
      help: 'seconds that a daemon may take to drain after SIGTERM',
    }),
  },
  [
    'transport_url',
    'use_syslog',
    'log_file',
    'log_dir',
    'syslog_log_facility',
    'rpc_thread_pool_size',
    'use_journal',
  ],
);
