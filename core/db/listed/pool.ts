import type { Pool } from '../../domain/pool.ts';
import type { ListSource } from '../list-query.ts';
import { pools } from '../repositories/pool.ts';
import { boolean, COMMON_KEYS, text, uuid } from './keys.ts';

/** A pool with the ids of what it has and of the listeners that use it. */
export interface ListedPool extends Pool {
  readonly memberIds: readonly string[];
  readonly listenerIds: readonly string[];
  readonly healthMonitorId: string | null;
}

/**
 * Whether listener `l` uses the pool whose id is `poolId`: as its default pool, or through an enabled L7 policy that
 * has a rule. @param poolId SQL
 */
export const usesPool = (poolId: string): string =>
  `(l.default_pool_id = ${poolId} or exists (select from l7_policy p where p.listener_id = l.id
     and p.redirect_pool_id = ${poolId} and p.is_enabled and exists (select from l7_rule r where r.l7_policy_id = p.id)))`;

const HEALTH_MONITOR_ID = '(select h.id from health_monitor h where h.pool_id = t.id)';

export const listedPools: ListSource<ListedPool> = {
  table: 'pool',
  select: `${pools.select('t')},
    array(select m.id from member m where m.pool_id = t.id order by m.created_at, m.id) as "memberIds",
    array(select l.id from listener l where l.load_balancer_id = t.load_balancer_id and ${usesPool('t.id')}
      order by l.created_at, l.id) as "listenerIds",
    ${HEALTH_MONITOR_ID} as "healthMonitorId"`,
  visible: 'true',
  projectColumn: 't.project_id',
  hasTags: true,
  keys: {
    ...COMMON_KEYS,
    description: text('description', true),
    loadbalancer_id: uuid('load_balancer_id'),
    load_balancer_id: uuid('load_balancer_id'),
    protocol: text('protocol'),
    lb_algorithm: text('lb_algorithm'),
    healthmonitor_id: { column: HEALTH_MONITOR_ID, type: 'uuid', isNullable: true },
    tls_enabled: boolean('tls_enabled'),
    tls_container_ref: text('tls_container_ref', true),
    tls_certificate_id: text('tls_container_ref', true),
    ca_tls_container_ref: text('ca_tls_container_ref', true),
    ca_tls_certificate_id: text('ca_tls_container_ref', true),
    crl_container_ref: text('crl_container_ref', true),
    crl_container_id: text('crl_container_ref', true),
    tls_ciphers: text('tls_ciphers', true),
  },
};
