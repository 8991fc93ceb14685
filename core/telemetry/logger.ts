import { pino, stdSerializers } from 'pino';
import type { Logger } from '../ports/logger.ts';

export interface LoggerOptions {
  /** The daemon: `api`, `worker`, … */
  readonly service: string;
  readonly isDebug: boolean;
  readonly format: 'json' | 'pretty';
}

// A name that ends in one of these never reaches a log, at any depth that our objects have.
const SECRETS = [
  'private_key',
  'privateKey',
  'privateKeyPem',
  'passphrase',
  'pem',
  'heartbeatKey',
  'heartbeat_key',
  'password',
  'token',
  'connection',
];

/** Logs to standard output, a JSON object a line (`pretty`: text for people). An `error` field is written with stack and causes. */
export function openLogger(options: LoggerOptions): Logger {
  return pino({
    base: { service: options.service },
    level: options.isDebug ? 'debug' : 'info',
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label) => ({ level: label }) },
    messageKey: 'message',
    serializers: { error: stdSerializers.errWithCause },
    redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`]), censor: '***' },
    ...(options.format === 'pretty'
      ? {
          transport: {
            target: 'pino-pretty',
            options: { messageKey: 'message', ignore: 'pid,hostname', colorize: false },
          },
        }
      : {}),
  });
}
