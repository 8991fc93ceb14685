import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DriverFailure } from '../domain/errors.ts';
import type { L7PolicyTree, LoadBalancerTree, PoolTree } from '../domain/load-balancer-tree.ts';
import { renderHaproxy } from './render.ts';
import { type GoldenCase, readGoldenCase } from './testing/golden-case.ts';
import { goldenCertificateFiles } from './testing/golden-certificates.ts';
import { wordsOf } from './testing/words.ts';

/** Listeners of every protocol, TLS, policies, cookies, all monitors' fields: something to inject into everywhere. */
const golden = slim(readGoldenCase('53-kitchen-sink', goldenCertificateFiles()));

const CA = 'https://keys.example.test/v1/secrets/member-ca';
/** Each field takes one of these. */
const HARMLESS = ['plain', '198.51.100.7', '200', 'GET', '/', CA];

/** Every string that a tenant can store and that reaches the file: how to put it into the tree. */
const FIELDS: Readonly<Record<string, (tree: LoadBalancerTree, text: string) => LoadBalancerTree>> =
  {
    'L7 rule value': (tree, value) => withRules(tree, { value }),
    'L7 rule value, regular expression': (tree, value) =>
      withRules(tree, { value, compareType: 'REGEX' }),
    'L7 rule value, file type': (tree, value) =>
      withRules(tree, { value, type: 'FILE_TYPE', compareType: 'EQUAL_TO' }),
    'L7 rule value, verify result': (tree, value) =>
      withRules(tree, { value, type: 'SSL_VERIFY_RESULT', compareType: 'EQUAL_TO' }),
    'L7 rule key, header': (tree, key) => withRules(tree, { key, type: 'HEADER' }),
    'L7 rule key, cookie': (tree, key) => withRules(tree, { key, type: 'COOKIE' }),
    'L7 rule key, DN field': (tree, key) => withRules(tree, { key, type: 'SSL_DN_FIELD' }),
    redirect_url: (tree, redirectUrl) =>
      withPolicies(tree, { action: 'REDIRECT_TO_URL', redirectUrl, redirectHttpCode: 302 }),
    redirect_prefix: (tree, redirectPrefix) =>
      withPolicies(tree, { action: 'REDIRECT_PREFIX', redirectPrefix, redirectHttpCode: null }),
    url_path: (tree, urlPath) => withMonitor(tree, { urlPath }),
    http_method: (tree, httpMethod) => withMonitor(tree, { httpMethod }),
    domain_name: (tree, domainName) => withMonitor(tree, { domainName, httpVersion: 1.1 }),
    expected_codes: (tree, expectedCodes) => withMonitor(tree, { expectedCodes }),
    cookie_name: (tree, cookieName) =>
      withPools(tree, {
        sessionPersistence: {
          type: 'APP_COOKIE',
          cookieName,
          persistenceTimeoutSeconds: null,
          persistenceGranularity: null,
        },
      }),
    'ciphers of a pool': (tree, tlsCiphers) => withPools(tree, { tlsCiphers, tlsEnabled: true }),
    'ciphers of a listener': (tree, tlsCiphers) => withListeners(tree, { tlsCiphers }),
    'ALPN protocol of a pool': (tree, text) =>
      withPools(tree, { alpnProtocols: ['h2', text], tlsEnabled: true }),
    'ALPN protocol of a listener': (tree, text) => withListeners(tree, { alpnProtocols: [text] }),
    'TLS version': (tree, text) => withListeners(tree, { tlsVersions: ['TLSv1.2', text] }),
    'inserted header': (tree, text) => withListeners(tree, { insertHeaders: { [text]: 'true' } }),
    'address of a member': (tree, address) => withMembers(tree, { address }),
    'monitor address of a member': (tree, monitorAddress) => withMembers(tree, { monitorAddress }),
    'address of the VIP': (tree, address) => ({ ...tree, vip: { ...tree.vip, address } }),
    project: (tree, projectId) => ({ ...tree, projectId }),
    'name and description': (tree, text) => ({ ...tree, name: text, description: text }),
    'reference of a certificate': (tree, defaultTlsContainerRef) =>
      withListeners(tree, { defaultTlsContainerRef }),
    'reference of a CA': (tree, ref) =>
      withPools(tree, { caTlsContainerRef: ref, tlsEnabled: true }),
  };

const MEANINGFUL = [
  ...Array.from(` #"'\\\n\r\t\v\0%{}()[],;:$-!|&<>=/.*@\u0085\u2028\u00a0é0a`),
  ' if TRUE',
  '\n    ',
];
const hostile = fc.oneof(
  fc.string({ unit: fc.constantFrom(...MEANINGFUL), maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 12 }),
);

describe('no text of a tenant can add a word or a line to haproxy.cfg', () => {
  test.each(Object.keys(FIELDS))('%s', (field) => {
    const put = FIELDS[field];
    if (put === undefined) throw new Error(field);
    const calm = HARMLESS.map((text) => structureOf(put(golden.tree, text))).find(Boolean);
    expect(calm).toBeDefined();
    fc.assert(
      fc.property(hostile, (text) => {
        const attacked = structureOf(put(golden.tree, text));
        if (attacked !== null) expect(attacked).toEqual(calm);
      }),
    );
  });

  test('a value that is written is read back as it was stored', () => {
    fc.assert(
      fc.property(hostile, (value) => {
        const words = wordsIn(
          withRules(golden.tree, { value, type: 'PATH', compareType: 'EQUAL_TO' }),
        );
        const acl = words?.find(([keyword]) => keyword === 'acl');
        if (acl !== undefined) expect(acl.at(-1)).toBe(value);
      }),
    );
  });

  test('a value that looks like a flag is a value', () => {
    const words = wordsIn(withRules(golden.tree, { value: '-i', type: 'PATH' }));
    expect(words?.find(([keyword]) => keyword === 'acl')?.slice(-2)).toEqual(['--', '-i']);
  });
});

/** Two members a pool show as much as twenty. */
function slim(whole: GoldenCase): GoldenCase {
  const pools = whole.tree.pools.map((pool) => ({ ...pool, members: pool.members.slice(0, 2) }));
  return { ...whole, tree: { ...whole.tree, pools } };
}

/** First word and number of words of each line; null when it was refused, as it must be: permanently. */
function structureOf(tree: LoadBalancerTree): readonly string[] | null {
  const lines = wordsIn(tree);
  if (lines === null) return null;
  return lines.map((words) => {
    const counted = words.filter((word, index) => !(word === '--' && index === words.length - 2));
    return `${words[0]} ${counted.length}`;
  });
}

function wordsIn(tree: LoadBalancerTree): ReturnType<typeof wordsOf> | null {
  try {
    return wordsOf(renderHaproxy(tree, golden.context));
  } catch (error) {
    expect(error).toBeInstanceOf(DriverFailure);
    expect(error).toMatchObject({ isRetryable: false });
    return null;
  }
}

function withListeners(
  tree: LoadBalancerTree,
  changes: Partial<LoadBalancerTree['listeners'][number]>,
): LoadBalancerTree {
  return { ...tree, listeners: tree.listeners.map((listener) => ({ ...listener, ...changes })) };
}

function withPolicies(tree: LoadBalancerTree, changes: Partial<L7PolicyTree>): LoadBalancerTree {
  const listeners = tree.listeners.map((listener) => ({
    ...listener,
    l7Policies: listener.l7Policies.map((policy) => ({ ...policy, ...changes })),
  }));
  return { ...tree, listeners };
}

function withRules(
  tree: LoadBalancerTree,
  changes: Partial<L7PolicyTree['rules'][number]>,
): LoadBalancerTree {
  const listeners = tree.listeners.map((listener) => ({
    ...listener,
    l7Policies: listener.l7Policies.map((policy) => ({
      ...policy,
      rules: policy.rules.map((rule) => ({ ...rule, ...changes })),
    })),
  }));
  return { ...tree, listeners };
}

function withPools(tree: LoadBalancerTree, changes: Partial<PoolTree>): LoadBalancerTree {
  return { ...tree, pools: tree.pools.map((pool) => ({ ...pool, ...changes })) };
}

function withMembers(
  tree: LoadBalancerTree,
  changes: Partial<PoolTree['members'][number]>,
): LoadBalancerTree {
  const pools = tree.pools.map((pool) => ({
    ...pool,
    members: pool.members.map((member) => ({ ...member, ...changes })),
  }));
  return { ...tree, pools };
}

function withMonitor(
  tree: LoadBalancerTree,
  changes: Partial<NonNullable<PoolTree['healthMonitor']>>,
): LoadBalancerTree {
  const pools = tree.pools.map((pool) => ({
    ...pool,
    healthMonitor: pool.healthMonitor && { ...pool.healthMonitor, ...changes },
  }));
  return { ...tree, pools };
}
