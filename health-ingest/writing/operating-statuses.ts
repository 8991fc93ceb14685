import type { Transaction } from '#core/ports/transaction.ts';
import type { StatusChange } from './status-decision.ts';

const TABLE: Readonly<Record<StatusChange['kind'], string>> = {
  listener: 'listener',
  pool: 'pool',
  member: 'member',
  'load-balancer': 'load_balancer',
};
const KINDS = ['listener', 'member', 'pool', 'load-balancer'] as const;

/** Writes any number of changes, in one statement a table. */
export async function writeOperatingStatuses(
  tx: Transaction,
  changes: readonly StatusChange[],
): Promise<void> {
  for (const kind of KINDS) {
    const own = new Map(
      changes.filter((change) => change.kind === kind).map(({ id, to }) => [id, to]),
    );
    if (own.size > 0) await writeKind(tx, kind, own);
  }
}

/** In the order of ids, so that two managers take the rows' locks in the same order. */
async function writeKind(
  tx: Transaction,
  kind: StatusChange['kind'],
  changes: ReadonlyMap<string, string>,
): Promise<void> {
  const sorted = [...changes].toSorted(([a], [b]) => (a < b ? -1 : 1));
  await tx.query(
    `update ${TABLE[kind]} t
     set operating_status = v.status, updated_at = date_trunc('second', clock_timestamp())
     from unnest($1::uuid[], $2::text[]) as v (id, status)
     where t.id = v.id and t.operating_status <> v.status`,
    [sorted.map(([id]) => id), sorted.map(([, status]) => status)],
  );
}
