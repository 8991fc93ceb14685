import { pino } from 'pino';
import type { Logger } from '../ports/logger.ts';
import { describeError } from './described-error.ts';
import { maskSecrets } from './secrets.ts';

export interface LoggerOptions {
  /** The daemon: `api`, `worker`, … */
  readonly service: string;
  readonly isDebug: boolean;
  readonly format: 'json' | 'pretty';
  /** Gets each JSON line, too, without its line break; not with `pretty`. It must not throw. */
  readonly copy?: (line: string) => void;
}

/**
 * Logs to standard output, a JSON object a line (`pretty`: text for people). An `error` field is written with stack and
 * causes. What lies under the name of a secret is masked.
 */
export function openLogger(options: LoggerOptions): Logger {
  const settings: pino.LoggerOptions = {
    base: { service: options.service },
    level: options.isDebug ? 'debug' : 'info',
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label) => ({ level: label }), log: maskSecrets },
    messageKey: 'message',
    serializers: { error: describeError },
    ...(options.format === 'pretty'
      ? {
          transport: {
            target: 'pino-pretty',
            options: { messageKey: 'message', ignore: 'pid,hostname', colorize: false },
          },
        }
      : {}),
  };
  if (options.format === 'pretty') return wrap(pino(settings));
  // Each line before the next, and before the end of the process: written behind our back, the last ones change places.
  const output = pino.destination({ fd: 1, sync: true });
  const { copy } = options;
  if (copy === undefined) return wrap(pino(settings, output));
  const write = (line: string): void => {
    output.write(line);
    copy(line.trimEnd());
  };
  return wrap(pino(settings, { write }));
}

/** pino takes the fields of a child as they come, so they are masked before. */
function wrap(own: pino.Logger): Logger {
  return {
    debug: (fields, message) => own.debug(fields, message),
    info: (fields, message) => own.info(fields, message),
    warn: (fields, message) => own.warn(fields, message),
    error: (fields, message) => own.error(fields, message),
    child: (fields) => wrap(own.child(maskSecrets(fields))),
  };
}
