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
  'provider:get_all': 'read',
  'amphora:get_all': 'admin',
  'amphora:get_one': 'admin',
  'amphora:get_stats': 'admin',
  'amphora:put_failover': 'admin',
} as const satisfies Readonly<Record<string, CheckName>>;

export type RuleName = keyof typeof DEFAULT_RULES;
export type PolicyName = `os_load-balancer_api:${RuleName}`;
