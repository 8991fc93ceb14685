import type { Logger } from '#core/ports/logger.ts';
import type { HaproxyNamespace } from '../apply/namespace.ts';
import type { CheckPace, LvsMember } from './lvs-listener.ts';
import { probe, type Verdict } from './probes.ts';

/** What checks found out so far: changes of a listener must not begin it anew, or a dying member would never be down. */
export interface CheckState {
  readonly down: ReadonlySet<string>;
  /** In a row, by member. */
  readonly failures: ReadonlyMap<string, number>;
  /** When the next round is due, by `performance.now()`. */
  readonly dueMs: number;
}

export interface MemberChecksOptions {
  readonly members: readonly LvsMember[];
  readonly pace: CheckPace;
  readonly namespace: HaproxyNamespace;
  readonly logger: Logger;
  readonly before: CheckState;
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
  readonly #failures: Map<string, number>;
  readonly #down: Set<string>;
  #dueMs: number;
  #timer: NodeJS.Timeout | null = null;
  #isStopped = false;

  constructor(options: MemberChecksOptions) {
    const { members, before } = options;
    this.#options = options;
    this.#checked = members.filter(({ check }) => check !== null);
    const ids = this.#checked.map(({ id }) => id);
    this.#down = new Set(ids.filter((id) => before.down.has(id)));
    this.#failures = new Map(ids.map((id) => [id, before.failures.get(id) ?? 0]));
    this.#dueMs = before.dueMs;
  }

  get down(): ReadonlySet<string> {
    return this.#down;
  }

  get state(): CheckState {
    return { down: this.#down, failures: this.#failures, dueMs: this.#dueMs };
  }

  start(): void {
    if (this.#checked.length > 0 && this.#timer === null) this.#schedule();
  }

  /** What is under way is not waited for, and tells nobody. */
  stop(): void {
    this.#isStopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #schedule(): void {
    if (this.#isStopped) return;
    const waitMs = Math.max(0, this.#dueMs - performance.now());
    this.#timer = setTimeout(() => void this.#round(), waitMs);
  }

  /** Never rejects. */
  async #round(): Promise<void> {
    const { pace, logger } = this.#options;
    this.#dueMs = performance.now() + pace.delaySeconds * 1000;
    await this.#check().catch((error: unknown) => logger.error({ error }, 'members not checked'));
    this.#schedule();
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
      this.#failures.set(id, 0);
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
