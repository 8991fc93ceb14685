/** A rule as it is when no policy file says otherwise. */
export interface DefaultRule {
  readonly check: string;
  /** What it was before Keystone's default roles; accepted beside `check` until `enforce_new_defaults`. */
  readonly formerly: string | null;
}

const rule = (check: string, formerly: string | null = null): DefaultRule => ({ check, formerly });

const OWNER = 'rule:load-balancer:owner';

/** What the rules of endpoints stand on. */
const ROLES = {
  context_is_admin: rule('role:admin', 'role:load-balancer_admin'),
  'load-balancer:owner': rule('project_id:%(project_id)s'),
  'load-balancer:admin': rule('is_admin:True or role:admin', 'role:load-balancer_admin'),
  'load-balancer:global_observer': rule('role:admin', 'role:load-balancer_global_observer'),
  'load-balancer:member_and_owner': rule(
    `role:member and ${OWNER}`,
    `role:load-balancer_member and ${OWNER}`,
  ),
  'load-balancer:observer_and_owner': rule(
    `role:reader and ${OWNER}`,
    `role:load-balancer_observer and ${OWNER}`,
  ),
  'load-balancer:quota-admin': rule('role:admin', 'role:load-balancer_quota_admin'),
  service: rule('role:service'),
  'load-balancer:read': rule(
    'rule:load-balancer:observer_and_owner or rule:load-balancer:member_and_owner or rule:load-balancer:global_observer or rule:load-balancer:admin',
  ),
  'load-balancer:read-global': rule(
    'rule:load-balancer:global_observer or rule:load-balancer:admin',
  ),
  'load-balancer:write': rule('rule:load-balancer:member_and_owner or rule:load-balancer:admin'),
  'load-balancer:read-quota': rule('rule:load-balancer:read or rule:load-balancer:quota-admin'),
  'load-balancer:read-quota-global': rule(
    'rule:load-balancer:global_observer or rule:load-balancer:quota-admin or rule:load-balancer:admin',
  ),
  'load-balancer:write-quota': rule('rule:load-balancer:quota-admin or rule:load-balancer:admin'),
} as const;

const READ = rule('rule:load-balancer:read');
const READ_GLOBAL = rule('rule:load-balancer:read-global');
const WRITE = rule('rule:load-balancer:write');
const ADMIN = rule('rule:load-balancer:admin');
const READ_QUOTA = rule('rule:load-balancer:read-quota');
const WRITE_QUOTA = rule('rule:load-balancer:write-quota');

type Rules<Name extends string> = Readonly<Record<Name, DefaultRule>>;

function each<const Noun extends string, const Verb extends string>(
  noun: Noun,
  verbs: readonly Verb[],
  same: DefaultRule,
): Rules<`${Noun}:${Verb}`> {
  return Object.fromEntries(
    verbs.map((verb) => [`${noun}:${verb}`, same]),
  ) as Rules<`${Noun}:${Verb}`>;
}

const VERBS = ['post', 'put', 'delete'] as const;

const listed = <const Noun extends string>(noun: Noun) => ({
  ...each(noun, ['get_all', 'get_one'], READ),
  ...each(noun, ['get_all-global'], READ_GLOBAL),
  ...each(noun, VERBS, WRITE),
});

const catalogued = <const Noun extends string>(noun: Noun) => ({
  ...each(noun, ['get_all', 'get_one'], READ),
  ...each(noun, VERBS, ADMIN),
});

/** What each endpoint asks for, under its name in policy files less the prefix `os_load-balancer_api:`. */
const ENDPOINTS = {
  ...listed('loadbalancer'),
  ...each('loadbalancer', ['post:vip_sg_ids', 'put:vip_sg_ids'], WRITE),
  ...each('loadbalancer', ['get_stats', 'get_status'], READ),
  ...each('loadbalancer', ['put_failover'], ADMIN),
  ...listed('listener'),
  ...each('listener', ['get_stats'], READ),
  ...listed('pool'),
  ...each('member', ['get_all'], rule('rule:load-balancer:read or rule:service')),
  ...each('member', ['get_one'], READ),
  ...each('member', VERBS, WRITE),
  ...listed('healthmonitor'),
  ...listed('l7policy'),
  ...each('l7rule', ['get_all', 'get_one'], READ),
  ...each('l7rule', VERBS, WRITE),
  ...each('quota', ['get_all', 'get_one', 'get_defaults'], READ_QUOTA),
  ...each('quota', ['get_all-global'], rule('rule:load-balancer:read-quota-global')),
  ...each('quota', ['put', 'delete'], WRITE_QUOTA),
  ...each('provider', ['get_all'], READ),
  ...catalogued('flavor'),
  ...catalogued('availability-zone'),
  ...each('flavor-profile', ['get_all', 'get_one', ...VERBS], ADMIN),
  ...each('availability-zone-profile', ['get_all', 'get_one', ...VERBS], ADMIN),
  ...each('provider-flavor', ['get_all'], ADMIN),
  ...each('provider-availability-zone', ['get_all'], ADMIN),
  ...each(
    'amphora',
    ['get_all', 'get_one', 'delete', 'get_stats', 'put_failover', 'put_config'],
    ADMIN,
  ),
} as const;

export type RuleName = keyof typeof ENDPOINTS;
export type PolicyName = `os_load-balancer_api:${RuleName}`;

/** Every rule there is, by its name in policy files. */
export const DEFAULT_RULES: Readonly<Record<string, DefaultRule>> = Object.freeze({
  ...ROLES,
  ...Object.fromEntries(
    Object.entries(ENDPOINTS).map(([name, endpoint]) => [`os_load-balancer_api:${name}`, endpoint]),
  ),
});
