import { flag, list, optionalText } from '../option.ts';
import { section } from '../section.ts';

export const osloPolicy = section(
  'oslo_policy',
  {
    enforceNewDefaults: flag({
      name: 'enforce_new_defaults',
      default: true,
      help: "only Keystone's roles admin, member and reader count; false: the load-balancer_* roles as well",
    }),
    enforceScope: flag({
      name: 'enforce_scope',
      default: true,
      help: 'refuse tokens that are scoped to the system or to a domain',
    }),
    policyFile: optionalText({
      name: 'policy_file',
      help: 'YAML file with rules that replace the default ones; relative to the folder of the configuration file; unset: policy.yaml there, if it exists',
    }),
    policyDirs: list({
      name: 'policy_dirs',
      default: ['policy.d'],
      help: 'folders of more such files, read by name after policy_file, each overriding those before it; absent ones are passed over',
    }),
  },
  [
    'policy_default_rule',
    'remote_content_type',
    'remote_ssl_verify_server_crt',
    'remote_ssl_ca_crt_file',
    'remote_ssl_client_crt_file',
    'remote_ssl_client_key_file',
    'remote_timeout',
  ],
);
