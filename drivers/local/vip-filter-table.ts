import type { Queryable, Transaction } from '#core/ports/transaction.ts';
import type { Opening, VipFilter } from './vip-filter.ts';

/** What is open at each VIP, kept for the next start of the cloud. */
export const vipFilters = {
  async ofCloud(db: Queryable, cloud: string): Promise<readonly VipFilter[]> {
    const found = await db.query<VipFilter>(
      'select host(address) as address, openings from local_cloud.vip_filter where cloud = $1 order by address',
      [cloud],
    );
    return found.rows;
  },

  async put(
    tx: Transaction,
    cloud: string,
    loadBalancerId: string,
    addresses: readonly string[],
    openings: readonly Opening[],
  ): Promise<void> {
    await tx.query(
      `insert into local_cloud.vip_filter (cloud, address, load_balancer_id, openings)
       select $1, address, $3, $4::jsonb from unnest($2::inet[]) address
       on conflict (cloud, address) do update set load_balancer_id = excluded.load_balancer_id, openings = excluded.openings`,
      [cloud, addresses, loadBalancerId, JSON.stringify(openings)],
    );
  },

  async addressesOf(db: Queryable, loadBalancerId: string): Promise<readonly string[]> {
    const found = await db.query<{ address: string }>(
      'select host(address) as address from local_cloud.vip_filter where load_balancer_id = $1',
      [loadBalancerId],
    );
    return found.rows.map((row) => row.address);
  },

  async delete(tx: Transaction, loadBalancerId: string): Promise<void> {
    await tx.query('delete from local_cloud.vip_filter where load_balancer_id = $1', [
      loadBalancerId,
    ]);
  },
};
