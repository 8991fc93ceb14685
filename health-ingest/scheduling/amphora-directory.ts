import type { Database } from '#core/db/pool.ts';
import { transaction } from '#core/db/transaction.ts';
import type { AmphoraStatus } from '#core/domain/status.ts';
import { countFailovers } from '#core/queue/failovers.ts';
import {
  type Accused,
  type Changed,
  type Expected,
  findAccused,
  findChanged,
  findExpectedAfter,
  findUnfinished,
} from './expected-amphorae.ts';
import { type FailedAttempt, noteFailures } from './failover-attempts.ts';
import {
  type FailoverRequest,
  type FailoverRequested,
  requestFailover,
} from './failover-request.ts';

/** What the scheduler asks of the database. */
export interface AmphoraDirectory {
  /** Expected amphorae in order of id: the page after the given one. */
  expectedAfter(afterId: string | null, rowsMax: number): Promise<readonly Expected[]>;
  /** Amphorae written within the last seconds. */
  changed(): Promise<readonly Changed[]>;
  /** Those of the given amphorae from which reports are expected. */
  accused(amphoraIds: readonly string[]): Promise<ReadonlyMap<string, Accused>>;
  /** Amphorae that a failed failover left without a replacement. */
  unfinished(
    rowsMax: number,
  ): Promise<{ readonly count: number; readonly due: readonly Accused[] }>;
  /** Notes failovers that failed; each is answered once, to one health manager. */
  noteFailures(backOffMs: number): Promise<readonly FailedAttempt[]>;
  /** Failovers that wait or run. */
  inProgress(): Promise<number>;
  /** @returns the ids of those that were in `from` and are in `to` now */
  move(
    amphoraIds: readonly string[],
    from: AmphoraStatus,
    to: AmphoraStatus,
  ): Promise<readonly string[]>;
  requestFailover(request: FailoverRequest): Promise<FailoverRequested>;
}

export function postgresDirectory(database: Database): AmphoraDirectory {
  return {
    expectedAfter: (afterId, rowsMax) => findExpectedAfter(database, afterId, rowsMax),
    changed: () => findChanged(database),
    accused: (ids) => findAccused(database, ids),
    unfinished: (rowsMax) => findUnfinished(database, rowsMax),
    noteFailures: (backOffMs) => noteFailures(database, backOffMs),
    inProgress: () => countFailovers(database),
    move: (ids, from, to) => move(database, ids, from, to),
    requestFailover: (request) => requestFailover(database, request),
  };
}

async function move(
  database: Database,
  amphoraIds: readonly string[],
  from: AmphoraStatus,
  to: AmphoraStatus,
): Promise<readonly string[]> {
  if (amphoraIds.length === 0) return [];
  return transaction(database, async (tx) => {
    const moved = await tx.query<{ id: string }>(
      `update amphora set status = $3, updated_at = date_trunc('second', clock_timestamp())
       where id in (select id from amphora where id = any($1::uuid[]) and status = $2 order by id for update)
       returning id`,
      [[...amphoraIds], from, to],
    );
    return moved.rows.map(({ id }) => id);
  });
}
