import { Cluster, Redis } from 'ioredis';
import { type RedisTarget, redisNode, tlsOf } from './redis-target.ts';

export interface RedisConnectionOptions {
  readonly target: RedisTarget;
  /** Milliseconds a command may take. A Redis that hangs must look like one that is away. */
  readonly commandTimeoutMs: number;
  /** Shown by CLIENT LIST. */
  readonly name: string;
}

const RECONNECT_DELAY_MS_MAX = 1000;
/** A command follows slots that have moved, and waits for a new master, this often. */
const REDIRECTIONS_MAX = 5;
const SLOTS_REFRESH_MS = 5000;

/**
 * Connects in the background and again for ever. Commands given while there is no connection fail at once: each caller
 * here knows what to do without Redis, and a queue of old commands would be played back as if they were new.
 *
 * A cluster answers the same commands, since all our keys are in one slot, so it goes by the type of a single server.
 */
export function connectRedis(
  options: RedisConnectionOptions,
  on: { readonly lost: (cause: Error) => void },
): Redis {
  const redis = open(options);
  // The error of a refused AUTH carries the password in its command; its message does not.
  const lost = (cause: Error): void => on.lost(new Error(cause.message));
  redis.on('error', lost);
  redis.on('node error', lost);
  redis.on('close', () => on.lost(new Error('the connection to Redis was closed')));
  return redis;
}

function open(options: RedisConnectionOptions): Redis {
  const { target } = options;
  if (target.clusterNodes.length > 0) return openCluster(options) as unknown as Redis;
  const single = {
    ...nodeOptions(options),
    enableOfflineQueue: false,
    retryStrategy: reconnectDelay,
  };
  if (target.sentinelNodes.length === 0) return new Redis(target.url, single);
  return new Redis({
    ...single,
    ...credentials(target),
    sentinels: target.sentinelNodes.map(redisNode),
    name: target.sentinel,
    ...(target.sentinelUsername === null ? {} : { sentinelUsername: target.sentinelUsername }),
    ...(target.sentinelPassword === null ? {} : { sentinelPassword: target.sentinelPassword }),
    ...(target.isTls ? { sentinelTLS: tlsOf(target), enableTLSForSentinelMode: true } : {}),
    sentinelCommandTimeout: options.commandTimeoutMs,
    sentinelRetryStrategy: reconnectDelay,
    failoverDetector: true,
    // A master that was demoted while we were connected refuses writes: ask the Sentinels again.
    reconnectOnError: ({ message }: Error) => message.startsWith('READONLY'),
  });
}

function openCluster(options: RedisConnectionOptions): Cluster {
  return new Cluster(options.target.clusterNodes.map(redisNode), {
    redisOptions: { ...nodeOptions(options), ...credentials(options.target) },
    enableOfflineQueue: false,
    clusterRetryStrategy: reconnectDelay,
    maxRedirections: REDIRECTIONS_MAX,
    slotsRefreshTimeout: options.commandTimeoutMs,
    // After a failover the new master is known to its peers before any of our commands was redirected.
    slotsRefreshInterval: SLOTS_REFRESH_MS,
  });
}

function nodeOptions({ commandTimeoutMs, name }: RedisConnectionOptions) {
  return {
    connectionName: name,
    commandTimeout: commandTimeoutMs,
    connectTimeout: commandTimeoutMs,
    protocol: 2,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
  } as const;
}

function credentials({ username, password, isTls, ...target }: RedisTarget) {
  return {
    ...(username === null ? {} : { username }),
    ...(password === null ? {} : { password }),
    ...(isTls ? { tls: tlsOf(target) } : {}),
  };
}

function reconnectDelay(attempt: number): number {
  return Math.min(attempt * 50, RECONNECT_DELAY_MS_MAX);
}
