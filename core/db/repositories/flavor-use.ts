import type { Queryable, Transaction } from '../../ports/transaction.ts';

/** Whether a load balancer that is not DELETED was built by it. */
export async function isUsedByLoadBalancers(
  db: Queryable,
  column: 'flavor_id' | 'availability_zone',
  key: string,
): Promise<boolean> {
  const found = await db.query(
    `select from load_balancer where ${column} = $1 and provisioning_status <> 'DELETED' limit 1`,
    [key],
  );
  return found.rowCount === 1;
}

/** The records of DELETED load balancers do not keep a flavor or a zone: they name none from now on. */
export async function forgetInLoadBalancers(
  tx: Transaction,
  column: 'flavor_id' | 'availability_zone',
  key: string,
): Promise<void> {
  await tx.query(
    `update load_balancer set ${column} = null where ${column} = $1 and provisioning_status = 'DELETED'`,
    [key],
  );
}
