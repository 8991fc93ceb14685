import { ConfigError } from '#core/config/load.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { Policy } from './authorize.ts';

/** Rules that are read again when the operator says so. */
export interface ReloadablePolicy extends Policy {
  /** Never throws: rules that are not usable leave the old ones in force, and a line in the log for each fault. */
  reload(): void;
}

/**
 * @param read all rules, from the default ones on
 * @throws ConfigError when they are not usable now, at the start
 */
export function reloadablePolicy(read: () => Policy, logger: Logger): ReloadablePolicy {
  let inForce = read();
  return {
    permits: (identity, name, target) => inForce.permits(identity, name, target),
    reload() {
      try {
        inForce = read();
        logger.info({}, 'policy read again');
      } catch (error) {
        const problems = error instanceof ConfigError ? error.problems : [String(error)];
        for (const problem of problems)
          logger.error({ problem }, 'policy not usable, the rules before it stay in force');
      }
    },
  };
}
