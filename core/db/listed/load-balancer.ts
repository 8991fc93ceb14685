import type { ListSource } from '../list-query.ts';
import { type LoadBalancerRow, loadBalancerRows } from '../repositories/load-balancer.ts';
import { COMMON_KEYS, text, uuid } from './keys.ts';

/** A load balancer as lists read it: its VIP flat, and the ids of what hangs below it. */
export interface ListedLoadBalancer extends LoadBalancerRow {
  readonly listenerIds: readonly string[];
  readonly poolIds: readonly string[];
}

const idsOf = (noun: 'listener' | 'pool') =>
  `array(select c.id from ${noun} c where c.load_balancer_id = t.id order by c.created_at, c.id) as "${noun}Ids"`;

/** The same for a whole page: half the work of PostgreSQL for a hundred (bench/api.ts). */
const idsOfPage = (noun: 'listener' | 'pool') =>
  `left join (
     select c.load_balancer_id, array_agg(c.id order by c.created_at, c.id) as ids from ${noun} c
     where c.load_balancer_id in (select id from page) group by c.load_balancer_id
   ) ${noun}s on ${noun}s.load_balancer_id = t.id`;

export const listedLoadBalancers: ListSource<ListedLoadBalancer> = {
  table: 'load_balancer',
  select: `${loadBalancerRows.select('t')}, ${idsOf('listener')}, ${idsOf('pool')}`,
  pageJoins: {
    select: `${loadBalancerRows.select('t')}, coalesce(listeners.ids, '{}') as "listenerIds", coalesce(pools.ids, '{}') as "poolIds"`,
    from: `${idsOfPage('listener')} ${idsOfPage('pool')}`,
  },
  visible: `t.provisioning_status <> 'DELETED'`,
  projectColumn: 't.project_id',
  hasTags: true,
  keys: {
    ...COMMON_KEYS,
    description: text('description', true),
    provider: text('provider', true),
    flavor_id: uuid('flavor_id', true),
    availability_zone: text('availability_zone', true),
    vip_address: text('vip_address', true),
    vip_subnet_id: uuid('vip_subnet_id', true),
    vip_network_id: uuid('vip_network_id', true),
    vip_port_id: uuid('vip_port_id', true),
    vip_qos_policy_id: uuid('vip_qos_policy_id', true),
    vip_vnic_type: text('vip_vnic_type'),
    topology: text('topology'),
    // A key that clients may ask for, though load balancers have no group of servers here.
    server_group_id: { column: 'null::text', type: 'text', isNullable: true },
  },
};
