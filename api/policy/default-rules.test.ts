import { describe, expect, test } from 'vitest';
import { type Identity, NOBODY } from '../auth/strategy.ts';
import type { Policy } from './authorize.ts';
import { DEFAULT_RULES, type PolicyName } from './default-rules.ts';
import { openPolicy } from './policy.ts';

const PREFIX = 'os_load-balancer_api:';

/** Who asks about an object of the project `mine`. */
const CALLERS: Readonly<Record<string, Partial<Identity>>> = {
  'no-auth': { isAdmin: true },
  admin: { roles: ['admin'], projectId: 'theirs' },
  member: { roles: ['member'], projectId: 'mine' },
  'member of another project': { roles: ['member'], projectId: 'theirs' },
  reader: { roles: ['reader'], projectId: 'mine' },
  'reader of another project': { roles: ['reader'], projectId: 'theirs' },
  service: { roles: ['service'], projectId: 'service' },
  'lb admin': { roles: ['load-balancer_admin'], projectId: 'theirs' },
  'lb member': { roles: ['load-balancer_member'], projectId: 'mine' },
  'lb member of another project': { roles: ['load-balancer_member'], projectId: 'theirs' },
  'lb observer': { roles: ['load-balancer_observer'], projectId: 'mine' },
  'lb observer of another project': { roles: ['load-balancer_observer'], projectId: 'theirs' },
  'lb global observer': { roles: ['load-balancer_global_observer'], projectId: 'theirs' },
  'lb quota admin': { roles: ['load-balancer_quota_admin'], projectId: 'theirs' },
  'without a role': { projectId: 'mine' },
};

/** Whom each kind of rule lets in: with the new defaults, and besides them with the old ones. */
const KINDS = {
  read: {
    now: ['member', 'reader'],
    formerly: ['lb admin', 'lb member', 'lb observer', 'lb global observer'],
  },
  'read or service': {
    now: ['member', 'reader', 'service'],
    formerly: ['lb admin', 'lb member', 'lb observer', 'lb global observer'],
  },
  'read-global': { now: [], formerly: ['lb admin', 'lb global observer'] },
  write: { now: ['member'], formerly: ['lb admin', 'lb member'] },
  admin: { now: [], formerly: ['lb admin'] },
  'read-quota': {
    now: ['member', 'reader'],
    formerly: ['lb admin', 'lb member', 'lb observer', 'lb global observer', 'lb quota admin'],
  },
  'read-quota-global': { now: [], formerly: ['lb admin', 'lb global observer', 'lb quota admin'] },
  'write-quota': { now: [], formerly: ['lb admin', 'lb quota admin'] },
} as const;
type Kind = keyof typeof KINDS;

/** The contract's table of endpoint policies. */
const ENDPOINTS: readonly (readonly [nouns: string, verbs: string, kind: Kind])[] = [
  ['loadbalancer listener pool healthmonitor l7policy', 'get_all get_one', 'read'],
  ['loadbalancer listener pool healthmonitor l7policy', 'get_all-global', 'read-global'],
  ['loadbalancer listener pool healthmonitor l7policy member l7rule', 'post put delete', 'write'],
  ['member l7rule', 'get_one', 'read'],
  ['member', 'get_all', 'read or service'],
  ['l7rule', 'get_all', 'read'],
  ['loadbalancer', 'post:vip_sg_ids put:vip_sg_ids', 'write'],
  ['loadbalancer', 'get_stats get_status', 'read'],
  ['listener', 'get_stats', 'read'],
  ['loadbalancer', 'put_failover', 'admin'],
  ['quota', 'get_all get_one get_defaults', 'read-quota'],
  ['quota', 'get_all-global', 'read-quota-global'],
  ['quota', 'put delete', 'write-quota'],
  ['provider', 'get_all', 'read'],
  ['flavor availability-zone', 'get_all get_one', 'read'],
  ['flavor availability-zone', 'post put delete', 'admin'],
  ['flavor-profile availability-zone-profile', 'get_all get_one post put delete', 'admin'],
  ['provider-flavor provider-availability-zone', 'get_all', 'admin'],
  ['amphora', 'get_all get_one delete get_stats put_failover put_config', 'admin'],
];

const rows = ENDPOINTS.flatMap(([nouns, verbs, kind]) =>
  nouns
    .split(' ')
    .flatMap((noun) => verbs.split(' ').map((verb) => [`${noun}:${verb}`, kind] as const)),
);

const strict = openPolicy({ enforceNewDefaults: true, enforceScope: true });
const lenient = openPolicy({ enforceNewDefaults: false, enforceScope: true });

function letIn(policy: Policy, name: string): readonly string[] {
  return Object.entries(CALLERS)
    .filter(([, caller]) =>
      policy.permits({ ...NOBODY, ...caller }, `${PREFIX}${name}` as PolicyName, {
        projectId: 'mine',
      }),
    )
    .map(([caller]) => caller);
}

describe.each(rows)('%s', (name, kind) => {
  const { now, formerly } = KINDS[kind];
  const always = ['no-auth', 'admin', ...now];

  test('with enforce_new_defaults only Keystone’s roles count', () => {
    expect(letIn(strict, name).toSorted()).toEqual(always.toSorted());
  });
  test('without it the load-balancer_* roles do as well', () => {
    expect(letIn(lenient, name).toSorted()).toEqual([...always, ...formerly].toSorted());
  });
});

test('there is no rule of an endpoint besides', () => {
  const names = Object.keys(DEFAULT_RULES).filter((name) => name.startsWith(PREFIX));
  expect(names.toSorted()).toEqual(rows.map(([name]) => `${PREFIX}${name}`).toSorted());
});
