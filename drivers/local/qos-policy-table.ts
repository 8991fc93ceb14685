import type { Queryable, Transaction } from '#core/ports/transaction.ts';
import { localQosPolicyId } from './names.ts';
import type { NamedQosPolicy } from './qos-policy.ts';

export async function hasQosPolicy(db: Queryable, cloud: string, id: string): Promise<boolean> {
  const found = await db.query(
    'select from local_cloud.qos_policy where cloud = $1 and id::text = $2',
    [cloud, id],
  );
  return found.rowCount === 1;
}

/**
 * Writes a cloud's policies down, and forgets those that it no longer has.
 * @throws Error when ports obey one of these
 */
export async function keepQosPolicies(
  tx: Transaction,
  cloud: string,
  policies: readonly NamedQosPolicy[],
): Promise<void> {
  await dropOthers(
    tx,
    cloud,
    policies.map(({ name }) => name),
  );
  for (const { name, rules } of policies)
    await tx.query(
      `insert into local_cloud.qos_policy (id, cloud, name, rules) values ($1, $2, $3, $4)
       on conflict (id) do update set rules = excluded.rules`,
      [localQosPolicyId(cloud, name), cloud, name, JSON.stringify(rules)],
    );
}

async function dropOthers(tx: Transaction, cloud: string, names: readonly string[]): Promise<void> {
  const others = await tx.query<{ id: string; name: string; portCount: number }>(
    `select q.id, q.name, (
       select count(*) from local_cloud.port p where p.qos_policy_id = q.id)::int as "portCount"
     from local_cloud.qos_policy q where q.cloud = $1 and q.name <> all ($2) order by q.name for update`,
    [cloud, names],
  );
  for (const { id, name, portCount } of others.rows) {
    if (portCount > 0)
      throw new Error(
        `[local_cloud] qos_policies has no ${name} (${id}) any more, and ports obey it: ${portCount} of them; take it from their load balancers first, or put it back`,
      );
    await tx.query('delete from local_cloud.qos_policy where id = $1', [id]);
  }
}
