import { join } from 'node:path';
import { CHECKOUT } from '../house/checkout.ts';
import type { KeystoneFacts } from './suite.ts';

/** The options that make a cloud one that the suite can judge: tokens of this Keystone, and the roles that it expects. */
export function octaviaConf({ auth_url: authUrl, service_user: user }: KeystoneFacts): string {
  return `[api_settings]
auth_strategy = keystone
noauth_project_id =
enabled_provider_drivers = amphora: The Octavia Amphora driver., octavia: Deprecated alias of the Octavia Amphora driver.

[keystone_authtoken]
www_authenticate_uri = ${authUrl}
auth_url = ${authUrl}
username = ${user.username}
password = ${user.password}
user_domain_id = ${user.user_domain_id}
project_name = ${user.project_name}
project_domain_id = ${user.project_domain_id}

[oslo_policy]
enforce_new_defaults = false
enforce_scope = false
policy_file = ${join(CHECKOUT, 'deploy/policy/advanced-rbac.yaml')}
`;
}
