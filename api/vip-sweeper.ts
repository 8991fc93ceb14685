import { findForgottenVipIntents } from '#core/db/repositories/vip-intent.ts';
import { Repeating } from '#core/service/repeating.ts';
import type { ApiContext } from './context.ts';
import { giveVipPortBack } from './v2/load-balancers/vip-port.ts';

// Longer than any request lives: two calls of a driver, and a transaction that is tried again.
const FORGOTTEN_AFTER_MS = 10 * 60 * 1000;
const COUNT_MAX = 50;

/** Gives VIP ports back that an API left behind which was killed before it stored the load balancer. */
export function vipSweeper(context: ApiContext, intervalMs: number): Repeating {
  return new Repeating({
    name: 'vip-sweeper',
    async round() {
      await sweepVipPorts(context);
    },
    intervalMs,
    complaint: 'could not look for forgotten VIP ports',
    clock: context.clock,
    logger: context.logger,
  });
}

/** Several APIs may do so at once: each port is locked while it is given back. */
export async function sweepVipPorts(context: ApiContext): Promise<void> {
  const { clock, database, logger } = context;
  const before = new Date(clock.nowMs() - FORGOTTEN_AFTER_MS);
  for (const id of await findForgottenVipIntents(database, before, COUNT_MAX))
    await giveVipPortBack(id, context).then(
      () => logger.warn({ load_balancer_id: id }, 'gave a forgotten VIP port back'),
      (error: unknown) =>
        logger.error({ error, load_balancer_id: id }, 'could not give a forgotten VIP port back'),
    );
}
