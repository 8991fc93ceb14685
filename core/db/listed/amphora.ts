import type { Amphora } from '../../domain/amphora.ts';
import type { ListSource } from '../list-query.ts';
import { amphorae } from '../repositories/amphora.ts';
import { boolean, integer, text, timestamp, uuid } from './keys.ts';

export const listedAmphorae: ListSource<Amphora> = {
  table: 'amphora',
  select: amphorae.select('t'),
  visible: `t.status <> 'DELETED'`,
  // An amphora has no owner of its own: its load balancer's counts.
  projectColumn: '(select l.project_id from load_balancer l where l.id = t.load_balancer_id)',
  hasTags: false,
  keys: {
    id: uuid('id'),
    loadbalancer_id: uuid('load_balancer_id', true),
    load_balancer_id: uuid('load_balancer_id', true),
    compute_id: text('compute_id', true),
    lb_network_ip: text('lb_network_ip', true),
    vrrp_ip: text('vrrp_ip', true),
    ha_ip: text('ha_ip', true),
    vrrp_port_id: uuid('vrrp_port_id', true),
    ha_port_id: uuid('ha_port_id', true),
    cert_expiration: timestamp('cert_expiration', true),
    cert_busy: boolean('is_cert_busy'),
    role: text('role', true),
    status: text('status'),
    vrrp_interface: text('vrrp_interface', true),
    vrrp_id: integer('vrrp_id', true),
    vrrp_priority: integer('vrrp_priority', true),
    cached_zone: text('cached_zone', true),
    created_at: timestamp('created_at'),
    updated_at: timestamp('updated_at', true),
    image_id: text('image_id', true),
    compute_flavor: text('compute_flavor', true),
  },
};
