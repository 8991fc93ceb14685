import type { ProvisioningStatus } from '#core/domain/status.ts';
import type { Queryable } from '#core/ports/transaction.ts';
import type { KnownLoadBalancer } from './status-opinion.ts';

interface Row {
  readonly id: string;
  readonly isEnabled: boolean;
  readonly provisioningStatus: ProvisioningStatus;
  readonly operatingStatus: string;
  readonly listeners: readonly [string, boolean, string, string, boolean][];
  readonly pools: readonly [string, string, readonly [string, string][]][];
}

const LOOK_UP = `
  select lb.id, lb.is_enabled as "isEnabled", lb.provisioning_status as "provisioningStatus",
    lb.operating_status as "operatingStatus",
    (select coalesce(json_agg(json_build_array(l.id, l.is_enabled, l.protocol, l.operating_status,
         exists (select from member m where m.pool_id = l.default_pool_id and m.is_enabled))
         order by l.created_at, l.id), '[]')
       from listener l where l.load_balancer_id = lb.id) as listeners,
    (select coalesce(json_agg(json_build_array(p.id, p.operating_status,
         (select coalesce(json_agg(json_build_array(m.id, m.operating_status) order by m.created_at, m.id), '[]')
            from member m where m.pool_id = p.id))
         order by p.created_at, p.id), '[]')
       from pool p where p.load_balancer_id = lb.id) as pools
  from load_balancer lb where lb.id = any($1::uuid[])`;

/** What the database has of some load balancers, in one statement. */
export async function findKnownLoadBalancers(
  db: Queryable,
  loadBalancerIds: readonly string[],
): Promise<ReadonlyMap<string, KnownLoadBalancer>> {
  if (loadBalancerIds.length === 0) return new Map();
  const found = await db.query<Row>(LOOK_UP, [loadBalancerIds]);
  return new Map(found.rows.map((row) => [row.id, knownLoadBalancer(row)]));
}

function knownLoadBalancer(row: Row): KnownLoadBalancer {
  const { id, isEnabled, provisioningStatus, operatingStatus } = row;
  return {
    id,
    isEnabled,
    provisioningStatus,
    operatingStatus,
    listeners: new Map(
      row.listeners.map(([listenerId, isListenerEnabled, protocol, status, hasMember]) => [
        listenerId,
        { isEnabled: isListenerEnabled, protocol, operatingStatus: status, hasMember },
      ]),
    ),
    pools: new Map(
      row.pools.map(([poolId, status, members]) => [
        poolId,
        { operatingStatus: status, members: new Map(members) },
      ]),
    ),
  };
}
