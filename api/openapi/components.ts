import { AmphoraStatus, OperatingStatus, ProvisioningStatus } from '#core/domain/status.ts';
import type { JsonSchema } from '../schema/field.ts';
import {
  answer,
  flag,
  listOf,
  maybeText,
  maybeTime,
  maybeUuid,
  maybeWhole,
  named,
  nullable,
  references,
  text,
  texts,
  time,
  uuid,
  whole,
} from './answer-schema.ts';

const provisioned = {
  id: uuid,
  name: text,
  provisioning_status: { type: 'string', enum: Object.values(ProvisioningStatus) },
  operating_status: { type: 'string', enum: Object.values(OperatingStatus) },
  admin_state_up: flag,
  project_id: maybeText,
  tenant_id: maybeText,
  created_at: time,
  updated_at: maybeTime,
  tags: texts,
};
const described = { ...provisioned, description: text };
const maybeTexts = nullable(texts);
const tls = { tls_ciphers: maybeText, tls_versions: maybeTexts, alpn_protocols: maybeTexts };

const member = answer({
  ...provisioned,
  address: text,
  protocol_port: whole,
  weight: maybeWhole,
  backup: flag,
  subnet_id: maybeUuid,
  monitor_address: maybeText,
  monitor_port: maybeWhole,
  vnic_type: text,
});

const healthMonitor = answer(
  {
    ...provisioned,
    type: text,
    delay: whole,
    timeout: whole,
    max_retries: whole,
    max_retries_down: whole,
    http_method: maybeText,
    url_path: maybeText,
    expected_codes: maybeText,
    http_version: nullable({ type: 'number' }),
    domain_name: maybeText,
    pools: references,
  },
  ['pools'],
);

const rule = answer({
  id: uuid,
  provisioning_status: provisioned.provisioning_status,
  operating_status: provisioned.operating_status,
  admin_state_up: flag,
  project_id: maybeText,
  tenant_id: maybeText,
  created_at: time,
  updated_at: maybeTime,
  tags: texts,
  type: text,
  compare_type: text,
  key: maybeText,
  value: text,
  invert: flag,
});

const l7policy = answer({
  ...described,
  action: text,
  listener_id: uuid,
  redirect_pool_id: maybeUuid,
  redirect_url: maybeText,
  redirect_prefix: maybeText,
  redirect_http_code: maybeWhole,
  position: whole,
  rules: listOf({ anyOf: [named('Reference'), named('Rule')] }),
});

const pool = answer(
  {
    ...described,
    ...tls,
    protocol: text,
    lb_algorithm: text,
    session_persistence: nullable(named('SessionPersistence')),
    tls_container_ref: maybeText,
    ca_tls_container_ref: maybeText,
    crl_container_ref: maybeText,
    tls_enabled: flag,
    loadbalancers: references,
    listeners: references,
    members: listOf({ anyOf: [named('Reference'), named('Member')] }),
    healthmonitor_id: uuid,
    healthmonitor: nullable(named('HealthMonitor')),
  },
  ['loadbalancers', 'healthmonitor_id', 'healthmonitor'],
);

const listener = answer(
  {
    ...described,
    ...tls,
    protocol: text,
    protocol_port: whole,
    connection_limit: whole,
    default_tls_container_ref: maybeText,
    sni_container_refs: texts,
    default_pool_id: maybeUuid,
    insert_headers: { type: 'object', additionalProperties: text },
    timeout_client_data: whole,
    timeout_member_connect: whole,
    timeout_member_data: whole,
    timeout_tcp_inspect: whole,
    client_ca_tls_container_ref: maybeText,
    client_authentication: text,
    client_crl_container_ref: maybeText,
    allowed_cidrs: maybeTexts,
    hsts_max_age: maybeWhole,
    hsts_include_subdomains: flag,
    hsts_preload: flag,
    loadbalancers: references,
    l7policies: listOf({ anyOf: [named('Reference'), named('L7Policy')] }),
  },
  ['loadbalancers'],
);

const loadBalancer = answer({
  ...described,
  vip_address: maybeText,
  vip_port_id: maybeUuid,
  vip_subnet_id: maybeUuid,
  vip_network_id: maybeUuid,
  vip_qos_policy_id: maybeUuid,
  vip_sg_ids: texts,
  vip_vnic_type: text,
  additional_vips: listOf(
    answer({ subnet_id: maybeUuid, ip_address: maybeText, port_id: maybeUuid }),
  ),
  provider: text,
  flavor_id: maybeUuid,
  availability_zone: maybeText,
  listeners: listOf({ anyOf: [named('Reference'), named('Listener')] }),
  pools: listOf({ anyOf: [named('Reference'), named('Pool')] }),
});

const amphora = answer({
  id: uuid,
  status: { type: 'string', enum: Object.values(AmphoraStatus) },
  loadbalancer_id: maybeUuid,
  compute_id: maybeText,
  lb_network_ip: maybeText,
  vrrp_ip: maybeText,
  ha_ip: maybeText,
  vrrp_port_id: maybeUuid,
  ha_port_id: maybeUuid,
  cert_expiration: maybeTime,
  cert_busy: flag,
  role: maybeText,
  vrrp_interface: maybeText,
  vrrp_id: maybeWhole,
  vrrp_priority: maybeWhole,
  cached_zone: maybeText,
  created_at: time,
  updated_at: maybeTime,
  image_id: maybeText,
  compute_flavor: maybeText,
});

const limits = {
  loadbalancer: maybeWhole,
  load_balancer: maybeWhole,
  listener: maybeWhole,
  pool: maybeWhole,
  member: maybeWhole,
  healthmonitor: maybeWhole,
  health_monitor: maybeWhole,
  l7policy: maybeWhole,
  l7rule: maybeWhole,
};

const profile = (data: string): JsonSchema =>
  answer({ id: uuid, name: text, provider_name: text, [data]: text });

const counters = {
  active_connections: whole,
  bytes_in: whole,
  bytes_out: whole,
  request_errors: whole,
  total_connections: whole,
};

/** Everything that answers are made of, by the name it has among the document's components. */
export const COMPONENTS: Readonly<Record<string, JsonSchema>> = {
  LoadBalancer: loadBalancer,
  Listener: listener,
  Pool: pool,
  Member: member,
  HealthMonitor: healthMonitor,
  L7Policy: l7policy,
  Rule: rule,
  Quota: answer({ project_id: text, tenant_id: text, ...limits }, ['project_id', 'tenant_id']),
  Flavor: answer({
    id: uuid,
    name: text,
    description: maybeText,
    enabled: flag,
    flavor_profile_id: uuid,
  }),
  FlavorProfile: profile('flavor_data'),
  AvailabilityZone: answer({
    name: text,
    description: maybeText,
    enabled: flag,
    availability_zone_profile_id: uuid,
  }),
  AvailabilityZoneProfile: profile('availability_zone_data'),
  Amphora: amphora,
  Reference: answer({ id: uuid }),
  SessionPersistence: answer({
    type: text,
    cookie_name: maybeText,
    persistence_timeout: maybeWhole,
    persistence_granularity: maybeText,
  }),
  Statistics: answer(counters),
  AmphoraStatistics: answer({
    ...counters,
    id: uuid,
    listener_id: uuid,
    loadbalancer_id: maybeUuid,
  }),
  Provider: answer({ name: text, description: text }),
  Capability: answer({ name: text, description: text }),
  PageLink: answer({ rel: { type: 'string', enum: ['next', 'previous'] }, href: text }),
  Fault: answer({ faultcode: text, faultstring: text, debuginfo: maybeText }),
};
