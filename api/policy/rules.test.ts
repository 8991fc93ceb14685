import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConfigError } from '#core/config/load.ts';
import { type Identity, NOBODY } from '../auth/strategy.ts';
import { DEFAULT_RULES, type PolicyName } from './default-rules.ts';
import { openPolicy } from './policy.ts';
import { parseRule, RuleSyntaxError } from './rule-syntax.ts';

const NEW = { enforceNewDefaults: true, enforceScope: true };
const BOTH = { enforceNewDefaults: false, enforceScope: false };
const SHOW = 'os_load-balancer_api:loadbalancer:get_one';

const who = (attributes: Partial<Identity>): Identity => ({ ...NOBODY, ...attributes });
const mine = { projectId: 'mine' };

/** Whether `rule`, as the operator's, lets this identity look at a load balancer of the project `mine`. */
function allows(rule: string, identity: Partial<Identity>): boolean {
  const text = JSON.stringify({ [SHOW]: rule });
  return openPolicy(BOTH, [{ name: 'policy.yaml', text }]).permits(who(identity), SHOW, mine);
}

function problemsOf(text: string): readonly string[] {
  try {
    openPolicy(NEW, [{ name: 'policy.yaml', text }]);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe('the grammar', () => {
  const a = { roles: ['a'] };
  const ab = { roles: ['a', 'b'] };
  const none = {};
  test.each([
    ['@', none, true],
    ['', none, true],
    ['!', ab, false],
    ['role:a', a, true],
    ['role:A', { roles: ['a'] }, true],
    ['role:a', { roles: ['A'] }, true],
    ['role:a', none, false],
    ['role:a and role:b', a, false],
    ['role:a and role:b', ab, true],
    ['role:b or role:a', a, true],
    ['not role:a', a, false],
    ['NOT role:b', a, true],
    ['not not role:a', a, true],
    ['role:a or role:b and !', a, true],
    ['(role:a or role:b) and !', a, false],
    ['! and role:b or role:a', a, true],
    ['not (role:a and role:b)', a, true],
    ['((role:a))', a, true],
    ['project_id:%(project_id)s', { projectId: 'mine' }, true],
    ['(project_id:%(project_id)s)', { projectId: 'mine' }, true],
    ['project_id:%(project_id)s', { projectId: 'theirs' }, false],
    ["'mine':%(project_id)s", none, true],
    ['user_id:ada', { userId: 'ada' }, true],
    ['system_scope:all', { systemScope: 'all' }, true],
    ['domain_id:d', none, false],
    ['is_admin:True', { isAdmin: true }, true],
    ['is_admin:True', { roles: ['admin'] }, true],
    ['is_admin:True', { roles: ['load-balancer_admin'] }, true],
    ['is_admin:False', a, true],
    ['rule:load-balancer:owner', { projectId: 'mine' }, true],
  ] as const)('%s', (rule, identity, expected) => {
    expect(
      allows(rule, { ...identity, roles: [...('roles' in identity ? identity.roles : [])] }),
    ).toBe(expected);
  });

  test('what is absent on both sides is not the same', () => {
    const policy = openPolicy(NEW, [
      { name: 'policy.yaml', text: `${SHOW}: project_id:%(project_id)s` },
    ]);
    expect(policy.permits(NOBODY, SHOW, { projectId: null })).toBe(false);
  });

  test('whatever the text, reading it ends in a rule or in the fault that says why not', () => {
    const piece = fc.constantFrom(
      '(',
      ')',
      'and',
      'or',
      'not',
      '@',
      '!',
      'role:a',
      ' ',
      'x',
      ':',
      '%(',
    );
    const texts = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join(' ')),
      fc.integer({ min: 1, max: 50_000 }).map((depth) => '('.repeat(depth)),
      fc.integer({ min: 1, max: 20_000 }).map((depth) => 'not '.repeat(depth)),
    );
    fc.assert(
      fc.property(texts, (text) => {
        try {
          parseRule(text);
        } catch (error) {
          expect(error).toBeInstanceOf(RuleSyntaxError);
        }
      }),
    );
  });

  test('whatever the file, it is read, or refused with its name and a line', () => {
    const name = fc.constantFrom(SHOW, 'load-balancer:read', 'own', 'rule', '__proto__');
    const rule = fc.constantFrom(
      '@',
      'rule:own',
      'rule:rule',
      'role:',
      'x:y',
      '(',
      'user_id:%(x)s',
      '',
    );
    const files = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.json({ maxDepth: 3 }),
      fc
        .array(fc.tuple(name, rule), { maxLength: 12 })
        .map((pairs) => pairs.map(([key, value]) => `"${key}": "${value}"`).join('\n')),
    );
    fc.assert(
      fc.property(files, (text) => {
        for (const problem of problemsOf(text)) expect(problem).toMatch(/^policy\.yaml:\d+: \S/);
      }),
    );
  });
});

describe('an operator’s file', () => {
  test('replaces the rules it names and leaves the others', () => {
    const text = `# ours\n"${SHOW}": "role:auditor"\nauditors: 'role:auditor or\n  role:boss'\n"os_load-balancer_api:pool:get_all": rule:auditors\n`;
    const policy = openPolicy(NEW, [{ name: 'policy.yaml', text }]);
    const auditor = who({ roles: ['auditor'] });
    const admin = who({ roles: ['admin'] });
    expect(policy.permits(auditor, SHOW, mine)).toBe(true);
    expect(policy.permits(admin, SHOW, mine)).toBe(false);
    expect(
      policy.permits(who({ roles: ['boss'] }), 'os_load-balancer_api:pool:get_all', mine),
    ).toBe(true);
    expect(policy.permits(admin, 'os_load-balancer_api:pool:get_one', mine)).toBe(true);
  });

  test('a role that it redefines counts in every rule that stands on it', () => {
    const text = '"load-balancer:admin": "is_admin:True or role:netops"\n';
    const policy = openPolicy(NEW, [{ name: 'policy.yaml', text }]);
    const failover = 'os_load-balancer_api:loadbalancer:put_failover';
    expect(policy.permits(who({ roles: ['netops'] }), failover, mine)).toBe(true);
  });

  test('a later file wins over an earlier one', () => {
    const files = ['!', '@'].map((rule, index) => ({
      name: `${index}.yaml`,
      text: `"${SHOW}": "${rule}"`,
    }));
    expect(openPolicy(NEW, files).permits(NOBODY, SHOW, mine)).toBe(true);
  });

  test.each([
    [
      `"${SHOW}": "role:a"\n"os_load-balancer_api:loadbalancer:get_on": "@"`,
      /^policy\.yaml:2: .*unknown, and no rule refers to it; did you mean "os_load-balancer_api:loadbalancer:get_one"\?$/,
    ],
    [
      `\n\n"${SHOW}": "role:a role:b"`,
      /^policy\.yaml:3: .*"and" or "or" is missing before "role:b"$/,
    ],
    [`"${SHOW}": "(role:a"`, /^policy\.yaml:1: .*a "\(" is not closed$/],
    [`"${SHOW}": "role:a)"`, /^policy\.yaml:1: .*a "\)" closes nothing$/],
    [`"${SHOW}": "role:a or"`, /^policy\.yaml:1: .*ends where a check should follow$/],
    [`"${SHOW}": "and role:a"`, /^policy\.yaml:1: .*"and" stands where a check should be$/],
    [`"${SHOW}": "admin"`, /^policy\.yaml:1: .*"admin" is no check/],
    [`"${SHOW}": "rule:nothing"`, /^policy\.yaml:1: .*rule:nothing refers to no rule$/],
    [
      `"${SHOW}": "project:%(project_id)s"`,
      /^policy\.yaml:1: .*"project" is nothing that a check can look at; did you mean project_id\?$/,
    ],
    [
      `"${SHOW}": "user_id:%(user_id)s"`,
      /^policy\.yaml:1: .*%\(user_id\)s is not known of any object/,
    ],
    [
      `"${SHOW}": "https://judge.example.org/x"`,
      /^policy\.yaml:1: .*asks another server, which is not supported$/,
    ],
    [`"${SHOW}":\n  - ["role:a"]`, /^policy\.yaml:1: .*must be a rule in quotes/],
    [`"${SHOW}": "@"\n"${SHOW}": "!"`, /^policy\.yaml:2: Map keys must be unique/],
    ['- a\n- b', /^policy\.yaml:1: a policy file is a list of "name": "rule" lines$/],
    [
      '"load-balancer:read": "rule:load-balancer:read-global"\n"load-balancer:read-global": "rule:load-balancer:read"',
      /^policy\.yaml:2: .*refers to itself: .*load-balancer:read -> load-balancer:read-global -> load-balancer:read$/,
    ],
    ['"open\n', /^policy\.yaml:\d+: /],
  ])('is refused with the line: %j', (text, expected) => {
    expect(problemsOf(text)).toEqual([expect.stringMatching(expected)]);
  });
});

test('tokens of a domain or of the system are refused while scopes are enforced', () => {
  const system = who({ roles: ['admin'], systemScope: 'all' });
  const domain = who({ roles: ['admin'], domainId: 'd' });
  const strict = openPolicy(NEW);
  const lenient = openPolicy({ ...NEW, enforceScope: false });
  expect([system, domain].map((one) => strict.permits(one, SHOW, mine))).toEqual([false, false]);
  expect([system, domain].map((one) => lenient.permits(one, SHOW, mine))).toEqual([true, true]);
});

test('every name of the default rules can be asked for', () => {
  const policy = openPolicy(NEW);
  const admin = who({ roles: ['admin'], projectId: 'mine' });
  const refused = Object.keys(DEFAULT_RULES).filter(
    (name) =>
      name !== 'service' &&
      !name.endsWith('_and_owner') &&
      !policy.permits(admin, name as PolicyName, mine),
  );
  expect(refused).toEqual([]);
});
