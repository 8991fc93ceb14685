import type { Listener } from '../../domain/listener.ts';
import type { ListSource } from '../list-query.ts';
import { listeners } from '../repositories/listener.ts';
import { boolean, COMMON_KEYS, integer, text, uuid } from './keys.ts';

/** A listener with the ids of its L7 policies, by position. */
export interface ListedListener extends Listener {
  readonly l7PolicyIds: readonly string[];
}

export const listedListeners: ListSource<ListedListener> = {
  table: 'listener',
  select: `${listeners.select('t')},
    array(select p.id from l7_policy p where p.listener_id = t.id order by p.position) as "l7PolicyIds"`,
  visible: 'true',
  projectColumn: 't.project_id',
  hasTags: true,
  keys: {
    ...COMMON_KEYS,
    description: text('description', true),
    loadbalancer_id: uuid('load_balancer_id'),
    load_balancer_id: uuid('load_balancer_id'),
    protocol: text('protocol'),
    protocol_port: integer('protocol_port'),
    connection_limit: integer('connection_limit', true),
    default_pool_id: uuid('default_pool_id', true),
    default_tls_container_ref: text('default_tls_container_ref', true),
    tls_certificate_id: text('default_tls_container_ref', true),
    client_ca_tls_container_ref: text('client_ca_tls_container_ref', true),
    client_ca_tls_certificate_id: text('client_ca_tls_container_ref', true),
    client_crl_container_ref: text('client_crl_container_ref', true),
    client_crl_container_id: text('client_crl_container_ref', true),
    client_authentication: text('client_authentication'),
    timeout_client_data: integer('timeout_client_data_ms'),
    timeout_member_connect: integer('timeout_member_connect_ms'),
    timeout_member_data: integer('timeout_member_data_ms'),
    timeout_tcp_inspect: integer('timeout_tcp_inspect_ms'),
    tls_ciphers: text('tls_ciphers', true),
    hsts_max_age: integer('hsts_max_age_seconds', true),
    hsts_include_subdomains: boolean('hsts_include_subdomains'),
    hsts_preload: boolean('hsts_preload'),
  },
};
