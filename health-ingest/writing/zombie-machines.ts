import type { Database } from '#core/db/pool.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { Service } from '#core/service/daemon.ts';
import { Repeating } from '#core/service/repeating.ts';
import { requestRemoval } from './zombie-removal.ts';

export interface ZombieMachinesOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly intervalMs: number;
  /** Milliseconds between the first report of a zombie and one that proves it alive. */
  readonly graceMs: number;
  /** Milliseconds before its removal is asked for again. */
  readonly backOffMs: number;
  /** These amphorae shall report in full. */
  readonly ask: (amphoraIds: readonly string[]) => void;
  readonly removed: () => void;
}

/** Zombies in view at a time; others are seen when these are gone. */
const ZOMBIES_MAX = 10_000;
/** Removals asked for in one look: clouds bear only so many deletions, and nothing hurries. */
const REMOVALS_PER_LOOK = 5;
/** Milliseconds of grace after which one that did not report again is out of view. */
const FORGET_AFTER_GRACES = 10;

interface Zombie {
  readonly firstAtMs: number;
  /** Whether it has reported after the grace, so that nothing of an earlier life was only late. */
  isAlive: boolean;
}

/**
 * Sees to the machines of deleted amphorae that still run, beside the writers: notes who reports, looks again after a
 * while, and asks for the removal of those that still do, some at a time.
 */
export class ZombieMachines implements Service {
  readonly name = 'zombie machines';
  readonly #options: ZombieMachinesOptions;
  readonly #looks: Repeating;
  readonly #zombies = new Map<string, Zombie>();

  constructor(options: ZombieMachinesOptions) {
    this.#options = options;
    this.#looks = new Repeating({
      ...options,
      name: this.name,
      round: () => this.#look(),
      complaint: 'could not ask for the removal of a machine',
    });
  }

  async start(): Promise<void> {
    await this.#looks.start();
  }

  async stop(): Promise<void> {
    await this.#looks.stop();
  }

  /** A deleted amphora has reported. Returns at once. */
  noticed(amphoraId: string): void {
    const nowMs = this.#options.clock.monotonicMs();
    const known = this.#zombies.get(amphoraId);
    if (known && nowMs - known.firstAtMs >= this.#options.graceMs) known.isAlive = true;
    if (known || this.#zombies.size >= ZOMBIES_MAX) return;
    this.#zombies.set(amphoraId, { firstAtMs: nowMs, isAlive: false });
  }

  async #look(): Promise<undefined> {
    this.#askAgain();
    const alive = [...this.#zombies].filter(([, zombie]) => zombie.isAlive).map(([id]) => id);
    for (const id of alive.slice(0, REMOVALS_PER_LOOK))
      await this.#remove(id).catch((cause: unknown) => {
        throw new Error(`the machine of amphora ${id} was not given to be removed`, { cause });
      });
  }

  #askAgain(): void {
    const { clock, graceMs, ask } = this.#options;
    const nowMs = clock.monotonicMs();
    const due: string[] = [];
    for (const [id, { firstAtMs, isAlive }] of this.#zombies) {
      if (isAlive || nowMs - firstAtMs < graceMs) continue;
      if (nowMs - firstAtMs < graceMs * FORGET_AFTER_GRACES) due.push(id);
      else this.#zombies.delete(id);
    }
    if (due.length > 0) ask(due);
  }

  async #remove(amphoraId: string): Promise<void> {
    const { database, logger, removed } = this.#options;
    const removal = await requestRemoval(database, amphoraId, this.#options);
    this.#zombies.delete(amphoraId);
    if (removal === null) return;
    removed();
    const { computeId, flowId, attempts } = removal;
    logger.warn(
      { amphora_id: amphoraId, compute_id: computeId, flow_id: flowId, attempt: attempts },
      'a deleted amphora still reports, removing its machine',
    );
  }
}
