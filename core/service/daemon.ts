import { flushCompileCache } from 'node:module';
import type { Logger } from '../ports/logger.ts';

/**
 * A part of a daemon with a life of its own. `start` resolves once it works and rejects when it cannot; `stop` lets
 * what is under way finish and then lets go of everything. Both are safe to call twice.
 */
export interface Service {
  readonly name: string;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface DaemonOptions {
  readonly logger: Logger;
  /** In the order to start them: what others stand on first. They stop in the reverse order. */
  readonly services: readonly Service[];
  /** Milliseconds that a drain may take before the process ends anyway. */
  readonly drainTimeoutMs: number;
}

/** How a daemon ended, for its supervisor. */
const Exit = { Drained: 0, Failed: 1, DrainTooLong: 2 } as const;
type Exit = (typeof Exit)[keyof typeof Exit];

/**
 * Runs a daemon until SIGTERM or SIGINT, then drains it. Ends the process: 0 after a drain, 1 when it could not start
 * (what had started is drained first), 2 when the drain took too long. Exceptions nobody caught end it with 1 at once,
 * so that the supervisor starts a clean one.
 */
export async function runDaemon(options: DaemonOptions): Promise<void> {
  const { logger, services } = options;
  const started: Service[] = [];
  let isStopping = false;
  const stop = async (reason: string, exit: Exit): Promise<void> => {
    if (isStopping) return;
    isStopping = true;
    logger.info({ reason }, 'draining');
    await drain(options, started);
    logger.info({}, 'stopped');
    process.exit(exit);
  };

  process.on('SIGTERM', () => void stop('SIGTERM', Exit.Drained));
  process.on('SIGINT', () => void stop('SIGINT', Exit.Drained));
  process.on('uncaughtException', (error) => {
    logger.error({ error }, 'uncaught exception, ending');
    process.exit(Exit.Failed);
  });

  for (const service of services) {
    started.push(service);
    try {
      await service.start();
    } catch (error) {
      logger.error({ error, part: service.name }, 'could not start');
      return stop(`${service.name} could not start`, Exit.Failed);
    }
    if (isStopping) return;
  }
  logger.info({ pid: process.pid }, 'ready');
  // By itself Node writes what it compiled when it ends, so one that is killed would have the next one compile it again.
  flushCompileCache();
}

/** Stops in the reverse order of start; one that cannot stop keeps no other from it. */
async function drain(
  { logger, drainTimeoutMs }: DaemonOptions,
  started: readonly Service[],
): Promise<void> {
  let slowest = '';
  const overdue = setTimeout(() => {
    const fields = { drain_timeout_ms: drainTimeoutMs, part: slowest };
    logger.error(fields, 'drain took too long, ending with work under way');
    process.exit(Exit.DrainTooLong);
  }, drainTimeoutMs);
  for (const service of started.toReversed()) {
    slowest = service.name;
    await service
      .stop()
      .catch((error: unknown) =>
        logger.error({ error, part: service.name }, 'could not stop cleanly'),
      );
  }
  clearTimeout(overdue);
}
