import type { CheckName } from './checks.ts';

const reads = <Noun extends string>(noun: Noun) =>
  ({
    [`${noun}:get_all`]: 'read',
    [`${noun}:get_all-global`]: 'readGlobal',
    [`${noun}:get_one`]: 'read',
  }) as Record<`${Noun}:${'get_all' | 'get_all-global' | 'get_one'}`, CheckName>;

const writes = <Noun extends string>(noun: Noun) =>
  ({
    [`${noun}:post`]: 'write',
    [`${noun}:put`]: 'write',
    [`${noun}:delete`]: 'write',
  }) as Record<`${Noun}:${'post' | 'put' | 'delete'}`, CheckName>;

/** All that may be done with a noun of the operator's, for administrators only. */
const administrators = <Noun extends string>(noun: Noun) =>
  ({
    [`${noun}:get_all`]: 'admin',
    [`${noun}:get_one`]: 'admin',
    [`${noun}:post`]: 'admin',
    [`${noun}:put`]: 'admin',
    [`${noun}:delete`]: 'admin',
  }) as Record<`${Noun}:${'get_all' | 'get_one' | 'post' | 'put' | 'delete'}`, CheckName>;

/** What each endpoint asks for, under its name in policy files less the prefix `os_load-balancer_api:`. */
export const DEFAULT_RULES = {
  ...reads('loadbalancer'),
  ...writes('loadbalancer'),
  'loadbalancer:post:vip_sg_ids': 'write',
  'loadbalancer:put:vip_sg_ids': 'write',
  'loadbalancer:get_stats': 'read',
  'loadbalancer:get_status': 'read',
  'loadbalancer:put_failover': 'admin',
  ...reads('listener'),
  ...writes('listener'),
  'listener:get_stats': 'read',
  ...reads('pool'),
  ...writes('pool'),
  'member:get_all': 'readOrService',
  'member:get_one': 'read',
  ...writes('member'),
  ...reads('healthmonitor'),
  ...writes('healthmonitor'),
  'quota:get_all': 'readQuota',
  'quota:get_all-global': 'readQuotaGlobal',
  'quota:get_one': 'readQuota',
  'quota:get_defaults': 'readQuota',
  'quota:put': 'writeQuota',
  'quota:delete': 'writeQuota',
  'provider:get_all': 'read',
  'provider-flavor:get_all': 'admin',
  'provider-availability-zone:get_all': 'admin',
  ...administrators('flavor-profile'),
  ...administrators('flavor'),
  'flavor:get_all': 'read',
  'flavor:get_one': 'read',
  ...administrators('availability-zone-profile'),
  ...administrators('availability-zone'),
  'availability-zone:get_all': 'read',
  'availability-zone:get_one': 'read',
  'amphora:get_all': 'admin',
  'amphora:get_one': 'admin',
  'amphora:get_stats': 'admin',
  'amphora:put_failover': 'admin',
  'amphora:put_config': 'admin',
  'amphora:delete': 'admin',
} as const satisfies Readonly<Record<string, CheckName>>;

export type RuleName = keyof typeof DEFAULT_RULES;
export type PolicyName = `os_load-balancer_api:${RuleName}`;
