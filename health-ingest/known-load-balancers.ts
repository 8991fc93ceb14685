import type { AmphoraStatus, ProvisioningStatus } from '#core/domain/status.ts';
import type { Queryable } from '#core/ports/transaction.ts';
import type { KnownLoadBalancer } from './status-decision.ts';

export interface KnownAmphora {
  readonly amphoraId: string;
  readonly amphoraStatus: AmphoraStatus;
  /** Whether it speaks for its load balancer: it carries it, or at least nobody else does. */
  readonly isInService: boolean;
  /** Null: none, or a deleted one. */
  readonly loadBalancer: KnownLoadBalancer | null;
}

interface Row {
  readonly amphoraId: string;
  readonly amphoraStatus: AmphoraStatus;
  readonly isInService: boolean;
  readonly loadBalancerId: string | null;
  readonly isEnabled: boolean;
  readonly provisioningStatus: ProvisioningStatus;
  readonly operatingStatus: string;
  readonly listeners: readonly [string, boolean, string, string, boolean][];
  readonly pools: readonly [string, string, readonly [string, string][]][];
}

const LOOK_UP = `
  select a.id as "amphoraId", a.status as "amphoraStatus", lb.id as "loadBalancerId",
    (a.status in ('ALLOCATED', 'FAILOVER_STOPPED')
      or (a.status = 'ERROR' and not exists (select from amphora o
        where o.load_balancer_id = lb.id and o.status in ('ALLOCATED', 'FAILOVER_STOPPED')))) as "isInService",
    lb.is_enabled as "isEnabled", lb.provisioning_status as "provisioningStatus",
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
  from amphora a
  left join load_balancer lb on lb.id = a.load_balancer_id and lb.provisioning_status <> 'DELETED'
  where a.id = any($1::uuid[])`;

/** What the database has of some amphorae and all they carry, in one statement. Those it has no row of are left out. */
export async function findKnownAmphorae(
  db: Queryable,
  amphoraIds: readonly string[],
): Promise<ReadonlyMap<string, KnownAmphora>> {
  if (amphoraIds.length === 0) return new Map();
  const found = await db.query<Row>(LOOK_UP, [amphoraIds]);
  return new Map(found.rows.map((row) => [row.amphoraId, knownAmphora(row)]));
}

function knownAmphora(row: Row): KnownAmphora {
  const { amphoraId, amphoraStatus, isInService, loadBalancerId } = row;
  if (loadBalancerId === null) return { amphoraId, amphoraStatus, isInService, loadBalancer: null };
  return {
    amphoraId,
    amphoraStatus,
    isInService,
    loadBalancer: {
      id: loadBalancerId,
      isEnabled: row.isEnabled,
      provisioningStatus: row.provisioningStatus,
      operatingStatus: row.operatingStatus,
      listeners: new Map(
        row.listeners.map(([id, isEnabled, protocol, operatingStatus, hasMember]) => [
          id,
          { isEnabled, protocol, operatingStatus, hasMember },
        ]),
      ),
      pools: new Map(
        row.pools.map(([id, operatingStatus, members]) => [
          id,
          { operatingStatus, members: new Map(members) },
        ]),
      ),
    },
  };
}
