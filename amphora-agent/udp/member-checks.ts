import type { Logger } from '#core/ports/logger.ts';
import type { HaproxyNamespace } from '../apply/namespace.ts';
import type { CheckPace, LvsMember } from './lvs-listener.ts';
import { probe, type Verdict } from './probes.ts';

export interface MemberChecksOptions {
  readonly members: readonly LvsMember[];
  readonly pace: CheckPace;
  readonly namespace: HaproxyNamespace;
  readonly logger: Logger;
  /** Ids of the members that were down before. */
  readonly wereDown: ReadonlySet<string>;
  /** A member came or went. */
  changed(): void;
}

/**
 * Checks the members of one service, round after round; the next begins a delay after the last began, but not before
 * that has ended. A member goes after as many failures in a row as the monitor allows and is back after one success,
 * as with keepalived. All are taken for living at first.
 */
export class MemberChecks {
  readonly #options: MemberChecksOptions;
  readonly #checked: readonly LvsMember[];
  readonly #failures = new Map<string, number>();
  readonly #down: Set<string>;
  #timer: NodeJS.Timeout | null = null;
  #isStopped = false;
  #hasBegun = false;

  constructor(options: MemberChecksOptions) {
    this.#options = options;
    this.#checked = options.members.filter(({ check }) => check !== null);
    const ids = this.#checked.map(({ id }) => id).filter((id) => options.wereDown.has(id));
    this.#down = new Set(ids);
  }

  get down(): ReadonlySet<string> {
    return this.#down;
  }

  start(): void {
    if (this.#checked.length === 0 || this.#hasBegun) return;
    this.#hasBegun = true;
    this.#begin();
  }

  /** What is under way is not waited for, and tells nobody. */
  stop(): void {
    this.#isStopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #begin(): void {
    if (this.#isStopped) return;
    const delayMs = this.#options.pace.delaySeconds * 1000;
    const startedMs = performance.now();
    void this.#check()
      .catch((error: unknown) => this.#options.logger.error({ error }, 'members not checked'))
      .then(() => {
        if (this.#isStopped) return;
        const waitMs = Math.max(0, startedMs + delayMs - performance.now());
        this.#timer = setTimeout(() => this.#begin(), waitMs);
      });
  }

  async #check(): Promise<void> {
    const checks = this.#checked.flatMap(({ check }) => check ?? []);
    const verdicts = await probe(this.#options.namespace, checks);
    if (this.#isStopped) return;
    const news = this.#checked.filter((member, index) => this.#note(member, verdicts[index]));
    if (news.length > 0) this.#options.changed();
  }

  /** @returns whether the member is no longer what it was */
  #note({ id, address, port }: LvsMember, verdict: Verdict | undefined): boolean {
    if (verdict === undefined) return false;
    const { logger, pace } = this.#options;
    const ids = { member_id: id, address, port };
    if (verdict === null) {
      this.#failures.delete(id);
      if (!this.#down.delete(id)) return false;
      logger.info(ids, 'member is up');
      return true;
    }
    const failures = (this.#failures.get(id) ?? 0) + 1;
    this.#failures.set(id, failures);
    if (failures < pace.fall || this.#down.has(id)) return false;
    this.#down.add(id);
    logger.warn({ ...ids, reason: verdict }, 'member is down');
    return true;
  }
}
