import pg from 'pg';
import { watchAnswers } from './answer-watch.ts';
import { usePrepared } from './prepared.ts';
import { useOurTypeParsers } from './type-parsers.ts';

export interface DatabaseOptions {
  readonly connection: string;
  readonly poolSizeMax: number;
  /** Milliseconds a caller waits for a free connection, and a new connection for the server. */
  readonly poolTimeoutMs: number;
  /** Shown in `pg_stat_activity`: the daemon's name. */
  readonly applicationName: string;
  /** Milliseconds a statement may take before the server gives it up; 2 s later we do, should the server be gone. */
  readonly statementTimeoutMs?: number;
}

const SERVER_ANSWER_MS = 2000;

export type Database = pg.Pool;

useOurTypeParsers();

/**
 * Opens a pool. It connects lazily and reconnects by itself; a connection lost while idle is reported to `onIdleError`
 * and replaced, so that a restart of PostgreSQL costs the calls under way and nothing else.
 */
export function openDatabase(
  options: DatabaseOptions,
  onIdleError: (cause: Error) => void,
): Database {
  const pool = new pg.Pool({
    connectionString: options.connection,
    max: options.poolSizeMax,
    connectionTimeoutMillis: options.poolTimeoutMs,
    application_name: options.applicationName,
    keepAlive: true,
    ...(options.statementTimeoutMs === undefined
      ? {}
      : { statement_timeout: options.statementTimeoutMs }),
  });
  pool.on('error', onIdleError);
  // A connection that breaks while somebody holds it also emits `error`, and unheard that would end the process. The
  // holder learns of it by its next statement, which is refused.
  pool.on('connect', (client) => client.on('error', () => {}));
  pool.on('connect', usePrepared);
  if (options.statementTimeoutMs !== undefined) {
    const answerMs = options.statementTimeoutMs + SERVER_ANSWER_MS;
    pool.on('connect', (client) => watchAnswers(client, answerMs));
  }
  return pool;
}

// 25006: connected still to a server that has become a standby; the writable one is elsewhere.
const LOST_CONNECTION = /^(08|57P0[123]|53300|25006)/;
const LOST_SOCKET = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/** Whether the database itself is away, as opposed to refusing this statement. */
export function isDatabaseAway(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return (
    LOST_CONNECTION.test(code) ||
    LOST_SOCKET.has(code) ||
    isSocketAbsent(error, code) ||
    /Connection terminated|Query read timeout|timeout exceeded when trying to connect|Client has encountered a connection error/.test(
      error.message,
    )
  );
}

/** PostgreSQL's own socket, as opposed to any file. */
function isSocketAbsent(error: Error, code: string): boolean {
  return code === 'ENOENT' && 'syscall' in error && error.syscall === 'connect';
}
