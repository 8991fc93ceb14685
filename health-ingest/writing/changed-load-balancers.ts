import type { Database } from '#core/db/pool.ts';
import { sweepOldRows } from '#core/db/sweep.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { Service } from '#core/service/daemon.ts';
import { Repeating } from '#core/service/repeating.ts';

export interface ChangedLoadBalancersOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly intervalMs: number;
  /** These amphorae shall report in full. */
  readonly ask: (amphoraIds: readonly string[]) => void;
}

interface Change {
  readonly horizon: string;
  /** Null: there is none. */
  readonly id: string | null;
  readonly transactionId: string;
  readonly amphoraIds: readonly string[];
}

/** More at once are read in the next round, which then follows at once. */
const CHANGES_MAX = 5000;
/**
 * Changes remembered as read while a long transaction keeps the horizon where it is. Of one transaction with more those
 * beyond are not asked about: their amphorae tell by themselves when their turn to be refreshed comes.
 */
const READ_MAX = 100_000;
const TRANSACTION_ID_MAX = 2n ** 64n - 1n;

const CHANGES = `
  select pg_snapshot_xmin(pg_current_snapshot())::text as horizon, c.id::text, c.transaction_id::text as "transactionId",
    array(select a.id::text from amphora a
      where (a.load_balancer_id = c.load_balancer_id or a.id = c.amphora_id)
        and a.status in ('ALLOCATED', 'FAILOVER_STOPPED', 'ERROR')) as "amphoraIds"
  from (select) as one
  left join lateral (
    select * from health_change
    where transaction_id >= $1::xid8 and id <> all($2::bigint[]) order by transaction_id limit ${CHANGES_MAX}) c on true`;

/**
 * Finds the amphorae whose reports mean something else since their load balancer, or they themselves, changed in the
 * database, and has them asked. A report leaves a receiving thread only when it is news, and it is news to the database
 * as well when a listener has been created.
 *
 * Reads by transaction, not by time: all that committed is below or seen above the oldest transaction that was
 * still open at the last look (the horizon), however long it stayed open.
 */
export class ChangedLoadBalancers implements Service {
  readonly name = 'changed load balancers';
  readonly #options: ChangedLoadBalancersOptions;
  readonly #looks: Repeating;
  /** Changes read at or above the horizon, with their transactions. */
  #read = new Map<string, bigint>();
  /** What happened before the start is known to nobody's thread yet: the first look reads nothing and learns where to begin. */
  #horizon = TRANSACTION_ID_MAX;

  constructor(options: ChangedLoadBalancersOptions) {
    this.#options = options;
    this.#looks = new Repeating({
      ...options,
      name: this.name,
      round: () => this.#look(),
      firstWaitMs: 0,
      complaint: 'cannot look for changed load balancers',
    });
  }

  async start(): Promise<void> {
    await this.#looks.start();
  }

  async stop(): Promise<void> {
    await this.#looks.stop();
  }

  /** @returns no wait when there is more to read at once */
  async #look(): Promise<number | undefined> {
    const { database, ask } = this.#options;
    const found = await database.query<Change>(CHANGES, [
      String(this.#horizon),
      [...this.#read.keys()],
    ]);
    const changes = found.rows.filter(({ id }) => id !== null);
    this.#remember(changes, BigInt(found.rows[0]?.horizon ?? 0));
    const amphoraIds = new Set(changes.flatMap((change) => change.amphoraIds));
    if (amphoraIds.size > 0) ask([...amphoraIds]);
    return changes.length === CHANGES_MAX ? 0 : undefined;
  }

  /** What was not read yet, for there was too much, is of the last transaction read or of later ones. */
  #remember(changes: readonly Change[], oldestOpen: bigint): void {
    for (const { id, transactionId } of changes)
      if (id !== null) this.#read.set(id, BigInt(transactionId));
    const lastRead = BigInt(changes.at(-1)?.transactionId ?? oldestOpen);
    const isMore = changes.length === CHANGES_MAX && this.#read.size < READ_MAX;
    const horizon = isMore && lastRead < oldestOpen ? lastRead : oldestOpen;
    // Lower than before: another server's transactions, such as a restored copy's. Its changes are read from here on.
    this.#horizon = horizon;
    this.#read = new Map([...this.#read].filter(([, transactionId]) => transactionId >= horizon));
  }
}

/** Forgets changes that every health manager has read long since. @returns how many */
export async function sweepChanges(database: Database): Promise<number> {
  return sweepOldRows(database, {
    table: 'health_change',
    writtenAtColumn: 'changed_at',
    ageHours: 1,
  });
}
