import { setTimeout as delay } from 'node:timers/promises';
import { findForgottenVipIntents } from '#core/db/repositories/vip-intent.ts';
import type { Service } from '#core/service/daemon.ts';
import type { ApiContext } from './context.ts';
import { giveVipPortBack } from './v2/load-balancers/vip-port.ts';

// Longer than any request lives: two calls of a driver, and a transaction that is tried again.
const FORGOTTEN_AFTER_MS = 10 * 60 * 1000;
const COUNT_MAX = 50;

/** Gives VIP ports back that an API left behind which was killed before it stored the load balancer. */
export class VipSweeper implements Service {
  readonly name = 'vip-sweeper';
  readonly #context: ApiContext;
  readonly #intervalMs: number;
  #stopping: AbortController | undefined;
  #running: Promise<void> | undefined;

  constructor(context: ApiContext, intervalMs: number) {
    this.#context = context;
    this.#intervalMs = intervalMs;
  }

  async start(): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = new AbortController();
    this.#running = this.#runUntil(this.#stopping.signal);
  }

  async stop(): Promise<void> {
    this.#stopping?.abort();
    await this.#running;
    this.#stopping = undefined;
  }

  async #runUntil(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await delay(this.#intervalMs, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      await sweepVipPorts(this.#context).catch((error: unknown) =>
        this.#context.logger.warn({ error }, 'could not look for forgotten VIP ports'),
      );
    }
  }
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
