import type { L7Policy } from '../../domain/l7-policy.ts';
import type { Queryable, Transaction } from '../../ports/transaction.ts';
import { column, table } from '../table.ts';

export const l7PolicyRows = table<L7Policy>('l7_policy', {
  id: column('id'),
  projectId: column('project_id'),
  listenerId: column('listener_id'),
  name: column('name'),
  description: column('description'),
  isEnabled: column('is_enabled'),
  provisioningStatus: column('provisioning_status'),
  operatingStatus: column('operating_status'),
  action: column('action'),
  redirectPoolId: column('redirect_pool_id'),
  redirectUrl: column('redirect_url'),
  redirectPrefix: column('redirect_prefix'),
  redirectHttpCode: column('redirect_http_code'),
  position: column('position'),
  tags: column('tags', 'text[]'),
  createdAt: column('created_at'),
  updatedAt: column('updated_at'),
});

/**
 * Policies keep the positions 1..n of their listener, whatever happens to one of them. Whoever writes holds the load
 * balancer: only so are two moves at once two moves one after the other.
 */
export const l7Policies = {
  find: (db: Queryable, id: string) => l7PolicyRows.find(db, id),

  findBy: (db: Queryable, field: keyof L7Policy, value: unknown) =>
    l7PolicyRows.findBy(db, field, value),

  /** Puts it at its `position`, or at the end when that lies beyond; those behind it move on. */
  async insert(tx: Transaction, policy: L7Policy): Promise<void> {
    const siblings = await idsByPosition(tx, policy.listenerId);
    await l7PolicyRows.insert(tx, { ...policy, position: siblings.length + 1 });
    await arrange(tx, placed(siblings, policy.id, policy.position));
  },

  /** A given `position` moves it; its siblings close up and make room. */
  async update(tx: Transaction, policy: L7Policy, changes: Partial<L7Policy>): Promise<void> {
    const { position, ...others } = changes;
    await l7PolicyRows.update(tx, policy.id, others);
    if (position === undefined) return;
    const siblings = await idsByPosition(tx, policy.listenerId);
    await arrange(tx, placed(siblings, policy.id, position));
  },

  /** Takes its rules along. */
  async delete(tx: Transaction, policy: Pick<L7Policy, 'id' | 'listenerId'>): Promise<boolean> {
    const isThere = await l7PolicyRows.delete(tx, policy.id);
    if (isThere) await arrange(tx, await idsByPosition(tx, policy.listenerId));
    return isThere;
  },
};

async function idsByPosition(db: Queryable, listenerId: string): Promise<readonly string[]> {
  const found = await db.query<{ id: string }>(
    'select id from l7_policy where listener_id = $1 order by position',
    [listenerId],
  );
  return found.rows.map((row) => row.id);
}

function placed(siblings: readonly string[], id: string, position: number): readonly string[] {
  return siblings.filter((sibling) => sibling !== id).toSpliced(position - 1, 0, id);
}

async function arrange(tx: Transaction, ids: readonly string[]): Promise<void> {
  await tx.query(
    `update l7_policy p set position = o.position
     from unnest($1::uuid[]) with ordinality o(id, position)
     where p.id = o.id and p.position <> o.position`,
    [ids],
  );
}
