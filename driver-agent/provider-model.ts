import type { HealthMonitor } from '#core/domain/health-monitor.ts';
import type { L7Rule } from '#core/domain/l7-rule.ts';
import type { Listener } from '#core/domain/listener.ts';
import type { LoadBalancer } from '#core/domain/load-balancer.ts';
import type { L7PolicyTree, PoolTree } from '#core/domain/load-balancer-tree.ts';
import type { Member } from '#core/domain/member.ts';

// Our objects as octavia-lib's data models have them: its names, every attribute there, null for what is not set.

export type ProviderObject = Readonly<Record<string, unknown>>;

/** What a load balancer is without what hangs below it, its flavor and its zone. */
export function loadBalancerAttributes(own: LoadBalancer): ProviderObject {
  return {
    loadbalancer_id: own.id,
    project_id: own.projectId,
    name: own.name,
    description: own.description,
    admin_state_up: own.isEnabled,
    vip_address: own.vip.address,
    vip_network_id: own.vip.networkId,
    vip_port_id: own.vip.portId,
    vip_subnet_id: own.vip.subnetId,
    vip_qos_policy_id: own.vip.qosPolicyId,
    vip_sg_ids: own.vip.securityGroupIds,
    additional_vips: own.additionalVips.map((vip) => ({
      ip_address: vip.ipAddress,
      network_id: vip.networkId,
      port_id: vip.portId,
      subnet_id: vip.subnetId,
    })),
  };
}

/** What a listener is without its pool, its policies and its certificates. */
export function listenerAttributes(own: Listener): ProviderObject {
  return {
    listener_id: own.id,
    loadbalancer_id: own.loadBalancerId,
    project_id: own.projectId,
    name: own.name,
    description: own.description,
    admin_state_up: own.isEnabled,
    protocol: own.protocol,
    protocol_port: own.protocolPort,
    connection_limit: own.connectionLimit,
    default_pool_id: own.defaultPoolId,
    default_tls_container_ref: own.defaultTlsContainerRef,
    sni_container_refs: own.sniContainerRefs,
    client_ca_tls_container_ref: own.clientCaTlsContainerRef,
    client_crl_container_ref: own.clientCrlContainerRef,
    client_authentication: own.clientAuthentication,
    insert_headers: own.insertHeaders,
    timeout_client_data: own.timeoutClientDataMs,
    timeout_member_connect: own.timeoutMemberConnectMs,
    timeout_member_data: own.timeoutMemberDataMs,
    timeout_tcp_inspect: own.timeoutTcpInspectMs,
    allowed_cidrs: own.allowedCidrs,
    tls_versions: own.tlsVersions,
    tls_ciphers: own.tlsCiphers,
    alpn_protocols: own.alpnProtocols,
    hsts_max_age: own.hstsMaxAgeSeconds,
    hsts_include_subdomains: own.hstsIncludeSubdomains,
    hsts_preload: own.hstsPreload,
  };
}

/**
 * What a pool is without its certificates.
 * @param listenerId the first listener that uses it
 */
export function poolAttributes(own: PoolTree, listenerId: string | null): ProviderObject {
  return {
    pool_id: own.id,
    loadbalancer_id: own.loadBalancerId,
    listener_id: listenerId,
    project_id: own.projectId,
    name: own.name,
    description: own.description,
    admin_state_up: own.isEnabled,
    protocol: own.protocol,
    lb_algorithm: own.lbAlgorithm,
    session_persistence: own.sessionPersistence && {
      type: own.sessionPersistence.type,
      cookie_name: own.sessionPersistence.cookieName,
      persistence_timeout: own.sessionPersistence.persistenceTimeoutSeconds,
      persistence_granularity: own.sessionPersistence.persistenceGranularity,
    },
    healthmonitor: own.healthMonitor && providerHealthMonitor(own.healthMonitor),
    members: orNull(own.members.map(providerMember)),
    tls_enabled: own.tlsEnabled,
    tls_container_ref: own.tlsContainerRef,
    ca_tls_container_ref: own.caTlsContainerRef,
    crl_container_ref: own.crlContainerRef,
    tls_versions: own.tlsVersions,
    tls_ciphers: own.tlsCiphers,
    alpn_protocols: own.alpnProtocols,
  };
}

export function providerMember(own: Member): ProviderObject {
  return {
    member_id: own.id,
    pool_id: own.poolId,
    project_id: own.projectId,
    name: own.name,
    admin_state_up: own.isEnabled,
    address: own.address,
    protocol_port: own.protocolPort,
    weight: own.weight,
    backup: own.isBackup,
    subnet_id: own.subnetId,
    monitor_address: own.monitorAddress,
    monitor_port: own.monitorPort,
    vnic_type: own.vnicType,
  };
}

export function providerHealthMonitor(own: HealthMonitor): ProviderObject {
  return {
    healthmonitor_id: own.id,
    pool_id: own.poolId,
    project_id: own.projectId,
    name: own.name,
    admin_state_up: own.isEnabled,
    type: own.type,
    delay: own.delaySeconds,
    timeout: own.timeoutSeconds,
    max_retries: own.maxRetries,
    max_retries_down: own.maxRetriesDown,
    http_method: own.httpMethod,
    url_path: own.urlPath,
    expected_codes: own.expectedCodes,
    http_version: own.httpVersion,
    domain_name: own.domainName,
  };
}

export function providerL7Policy(own: L7PolicyTree): ProviderObject {
  return {
    l7policy_id: own.id,
    listener_id: own.listenerId,
    project_id: own.projectId,
    name: own.name,
    description: own.description,
    admin_state_up: own.isEnabled,
    action: own.action,
    position: own.position,
    redirect_pool_id: own.redirectPoolId,
    redirect_url: own.redirectUrl,
    redirect_prefix: own.redirectPrefix,
    redirect_http_code: own.redirectHttpCode,
    rules: own.rules.map(providerL7Rule),
  };
}

export function providerL7Rule(own: L7Rule): ProviderObject {
  return {
    l7rule_id: own.id,
    l7policy_id: own.l7PolicyId,
    project_id: own.projectId,
    admin_state_up: own.isEnabled,
    type: own.type,
    compare_type: own.compareType,
    key: own.key,
    value: own.value,
    invert: own.isInverted,
  };
}

/** octavia-lib leaves an empty list of children unset. */
export function orNull<Item>(items: readonly Item[]): readonly Item[] | null {
  return items.length === 0 ? null : items;
}

const SINCE_OCTAVIA_LIB_3_8 = new Set([
  'vip_sg_ids',
  'hsts_max_age',
  'hsts_include_subdomains',
  'hsts_preload',
  'vnic_type',
]);

/** Leaves out, at any depth, what the data models of octavia-lib before 3.8 refuse to be made with. */
export function forOldOctaviaLib(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(forOldOctaviaLib);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !SINCE_OCTAVIA_LIB_3_8.has(name))
      .map(([name, inner]) => [name, forOldOctaviaLib(inner)]),
  );
}
