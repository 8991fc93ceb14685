import type { Pool } from '../../domain/pool.ts';
import { column, json, table } from '../table.ts';

export const pools = table<Pool>('pool', {
  id: column('id'),
  projectId: column('project_id'),
  loadBalancerId: column('load_balancer_id'),
  name: column('name'),
  description: column('description'),
  isEnabled: column('is_enabled'),
  provisioningStatus: column('provisioning_status'),
  operatingStatus: column('operating_status'),
  protocol: column('protocol'),
  lbAlgorithm: column('lb_algorithm'),
  sessionPersistence: json('session_persistence'),
  tlsEnabled: column('tls_enabled'),
  tlsContainerRef: column('tls_container_ref'),
  caTlsContainerRef: column('ca_tls_container_ref'),
  crlContainerRef: column('crl_container_ref'),
  tlsCiphers: column('tls_ciphers'),
  tlsVersions: column('tls_versions', 'text[]'),
  alpnProtocols: column('alpn_protocols', 'text[]'),
  tags: column('tags', 'text[]'),
  createdAt: column('created_at'),
  updatedAt: column('updated_at'),
});
