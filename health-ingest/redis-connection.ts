import { Redis } from 'ioredis';

export interface RedisConnectionOptions {
  readonly url: string;
  /** Milliseconds a command may take. A Redis that hangs must look like one that is away. */
  readonly commandTimeoutMs: number;
  /** Shown by CLIENT LIST. */
  readonly name: string;
}

const RECONNECT_DELAY_MS_MAX = 1000;

/**
 * Connects in the background and again for ever. Commands given while there is no connection fail at once: each caller
 * here knows what to do without Redis, and a queue of old commands would be played back as if they were new.
 */
export function connectRedis(
  options: RedisConnectionOptions,
  on: { readonly lost: (cause: Error) => void },
): Redis {
  const redis = new Redis(options.url, {
    connectionName: options.name,
    commandTimeout: options.commandTimeoutMs,
    connectTimeout: options.commandTimeoutMs,
    protocol: 2,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt) => Math.min(attempt * 50, RECONNECT_DELAY_MS_MAX),
  });
  // The error of a refused AUTH carries the password in its command; its message does not.
  redis.on('error', (cause: Error) => on.lost(new Error(cause.message)));
  redis.on('close', () => on.lost(new Error('the connection to Redis was closed')));
  return redis;
}
