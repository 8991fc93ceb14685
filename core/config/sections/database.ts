import { integer, url } from '../option.ts';
import { section } from '../section.ts';

export const database = section(
  'database',
  {
    connection: url({
      name: 'connection',
      schemes: ['postgresql', 'postgres'],
      default: 'postgresql://octavia@127.0.0.1:5432/octavia',
      example: 'postgresql://user:password@host:5432/octavia',
      help: 'PostgreSQL URL; no other database is supported',
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
    statementTimeoutSeconds: integer({
      name: 'statement_timeout',
      default: 30,
      min: 1,
      max: 3600,
      help: 'ours: seconds a statement of a daemon may take; a server that hangs is one that is away',
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
    'db_retry_interval',
    'db_inc_retry_interval',
    'db_max_retry_interval',
    'use_db_reconnect',
    'slave_connection',
    'backend',
    'connection_debug',
    'connection_trace',
    'connection_parameters',
    'synchronous_reader',
    'mysql_enable_ndb',
    'mysql_sql_mode',
    'mysql_wsrep_sync_wait',
    'sqlite_synchronous',
    'asyncio_connection',
    'asyncio_slave_connection',
  ],
);
