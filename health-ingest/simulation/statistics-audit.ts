import type { HeartbeatView } from '#core/heartbeat/view.ts';
import type { SimulatedManager } from './simulated-manager.ts';
import type { Appended, SimulatedRedis } from './simulated-redis.ts';
import { rxBytesIn } from './simulated-redis.ts';

interface Account {
  /** Of heartbeats that were received, each once. */
  receivedBytes: number;
  appendedBytes: number;
  readonly heartbeats: Set<HeartbeatView>;
  readonly batches: Set<string>;
}

/** Whether every byte that an amphora counted is in the totals once, but for those whose loss has a reason. */
export class StatisticsAudit {
  readonly #accounts = new Map<SimulatedManager, Account>();

  taken(manager: SimulatedManager, view: HeartbeatView): void {
    const account = this.#accountOf(manager);
    if (account.heartbeats.has(view)) return;
    account.heartbeats.add(view);
    account.receivedBytes += view.counters[0] ?? 0;
  }

  appended(manager: SimulatedManager, { id, records }: Appended): void {
    const account = this.#accountOf(manager);
    if (account.batches.has(id)) return;
    account.batches.add(id);
    account.appendedBytes += rxBytesIn(records);
  }

  /** @returns what does not add up, once all is quiet */
  close(redis: SimulatedRedis): readonly string[] {
    const problems: string[] = [];
    let appendedBytes = 0;
    for (const [manager, account] of this.#accounts) {
      appendedBytes += account.appendedBytes;
      const missing = account.receivedBytes - account.appendedBytes;
      // What was in a manager that was killed died with it.
      if (missing < 0 || (missing > 0 && !manager.host.isDead))
        problems.push(
          `a manager received ${account.receivedBytes} bytes and told ${account.appendedBytes}`,
        );
    }
    if (appendedBytes !== redis.appliedBytes + redis.lostBytes)
      problems.push(
        `${appendedBytes} bytes were told, ${redis.appliedBytes} applied, ${redis.lostBytes} lost in Redis`,
      );
    return problems;
  }

  #accountOf(manager: SimulatedManager): Account {
    let account = this.#accounts.get(manager);
    if (account === undefined) {
      account = { receivedBytes: 0, appendedBytes: 0, heartbeats: new Set(), batches: new Set() };
      this.#accounts.set(manager, account);
    }
    return account;
  }
}
