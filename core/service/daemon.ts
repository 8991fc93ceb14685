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

/**
 * Runs a daemon until SIGTERM or SIGINT, then drains it. Ends the process: 0 after a drain, 1 when it could not start,
 * 2 when the drain took too long. Exceptions nobody caught end it too, so that the supervisor starts a clean one.
 */
export async function runDaemon(options: DaemonOptions): Promise<void> {
  const { logger, services } = options;
  const started: Service[] = [];
  let isStopping = false;

  const stop = async (reason: string): Promise<void> => {
    if (isStopping) return;
    isStopping = true;
    logger.info({ reason }, 'draining');
    const overdue = setTimeout(() => {
      logger.error(
        { drain_timeout_ms: options.drainTimeoutMs },
        'drain took too long, ending with work under way',
      );
      process.exit(2);
    }, options.drainTimeoutMs);
    for (const service of started.toReversed()) {
      await service
        .stop()
        .catch((error: unknown) =>
          logger.error({ error, part: service.name }, 'could not stop cleanly'),
        );
    }
    clearTimeout(overdue);
    logger.info({}, 'stopped');
    process.exit(0);
  };

  process.on('SIGTERM', () => void stop('SIGTERM'));
  process.on('SIGINT', () => void stop('SIGINT'));
  process.on('uncaughtException', (error) => {
    logger.error({ error }, 'uncaught exception, ending');
    process.exit(1);
  });

  for (const service of services) {
    try {
      started.push(service);
      await service.start();
    } catch (error) {
      logger.error({ error, part: service.name }, 'could not start');
      process.exit(1);
    }
    if (isStopping) return;
  }
  logger.info({ pid: process.pid }, 'ready');
}
