import fc from 'fast-check';
import type { L7PolicyTree, LoadBalancerTree, PoolTree } from '../../domain/load-balancer-tree.ts';

const CA = 'https://keys.example.test/v1/secrets/member-ca';
/** Each field takes one of these. */
export const HARMLESS = ['plain', '198.51.100.7', '200', 'GET', '/', CA];

/** Every string that a tenant can store and that reaches the file: how to put it into the tree. */
export const TENANT_FIELDS: Readonly<
  Record<string, (tree: LoadBalancerTree, text: string) => LoadBalancerTree>
> = {
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
  'reference of a CA': (tree, ref) => withPools(tree, { caTlsContainerRef: ref, tlsEnabled: true }),
  'reference of a revocation list of members': (tree, ref) =>
    withPools(tree, { crlContainerRef: ref, tlsEnabled: true }),
  'reference of a client certificate': (tree, ref) =>
    withPools(tree, { tlsContainerRef: ref, tlsEnabled: true }),
  'reference of a CA of clients': (tree, ref) =>
    withListeners(tree, { clientCaTlsContainerRef: ref }),
  'reference of a revocation list of clients': (tree, ref) =>
    withListeners(tree, { clientCrlContainerRef: ref, clientCaTlsContainerRef: CA }),
  'reference of an SNI certificate': (tree, ref) =>
    withListeners(tree, { sniContainerRefs: [ref] }),
  'TLS version of a pool': (tree, text) =>
    withPools(tree, { tlsVersions: ['TLSv1.2', text], tlsEnabled: true }),
  'further address of the load balancer': (tree, ipAddress) => ({
    ...tree,
    additionalVips: [{ subnetId: 's', ipAddress, portId: null, networkId: null }],
  }),
};

const MEANINGFUL = [
  ...Array.from(` #"'\\\n\r\t\v\0%{}()[],;:$-!|&<>=/.*@\u0085\u2028\u00a0é0a`),
  ' if TRUE',
  '\n    ',
];
/** Text made of what HAProxy, our escaping and line ends are sensitive to. */
export const hostile = fc.oneof(
  fc.string({ unit: fc.constantFrom(...MEANINGFUL), maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 12 }),
);

/** Of those, the ones in which HAProxy takes whatever the renderer lets pass. */
export const TAKEN_AS_IT_IS = [
  'L7 rule value',
  'L7 rule key, header',
  'L7 rule key, cookie',
  'redirect_url',
  'redirect_prefix',
  'url_path',
  'domain_name',
  'cookie_name',
  'name and description',
];

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

export function withRules(
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
