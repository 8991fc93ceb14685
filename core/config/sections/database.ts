import { integer, text } from '../option.ts';
import { section } from '../section.ts';

export const database = section(
  'database',
  {
    connection: text({
      name: 'connection',
      default: 'postgresql://octavia@127.0.0.1:5432/octavia',
      isSecret: true,
      help: 'PostgreSQL URL',
    }),
    poolSizeMax: integer({
      name: 'max_pool_size',
      default: 10,
      min: 1,
      max: 200,
      help: 'connections a process holds at most',
    }),
    poolTimeoutSeconds: integer({
      name: 'pool_timeout',
      default: 10,
      min: 1,
      help: 'seconds to wait for a connection',
    }),
    retryIntervalSeconds: integer({
      name: 'retry_interval',
      default: 1,
      min: 1,
      help: 'seconds between attempts while PostgreSQL is away',
    }),
  },
  [
    'max_overflow',
    'max_retries',
    'connection_recycle_time',
    'db_max_retries',
    'slave_connection',
    'mysql_enable_ndb',
  ],
);
