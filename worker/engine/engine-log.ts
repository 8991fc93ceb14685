import type { DBOSConfig } from '@dbos-inc/dbos-sdk';
import type { Logger } from '#core/ports/logger.ts';
import { FlowFailed } from './run-flow.ts';

export type EngineLogger = NonNullable<DBOSConfig['logger']>;

/** The engine's own lines in our log. It is talkative, and repeats the failures of flows, which are logged already. */
export function engineLog(logger: Logger): EngineLogger {
  const own = logger.child({ part: 'engine' });
  return {
    debug: () => {},
    info: (entry) => own.debug({}, text(entry)),
    warn: (entry) => own.warn({}, text(entry)),
    error: (entry, metadata) => {
      if (metadata?.error instanceof FlowFailed) return;
      own.error(metadata?.error ? { error: metadata.error } : {}, text(entry));
    },
  };
}

function text(entry: unknown): string {
  return typeof entry === 'string' ? entry : String(entry);
}
