import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type CertificateStore,
  CLIENT_CA_REF,
  createCertificateStore,
  SERVER_REF,
} from './testing/certificate-store.ts';
import { type Answer, ask, received } from './testing/client.ts';
import { type DataPlane, openDataPlane } from './testing/data-plane.ts';
import { type Asked, L7_CASES } from './testing/l7-cases.ts';
import {
  actionPolicies,
  REDIRECT_CODES,
  rulePolicies,
  tlsPolicies,
} from './testing/l7-policies.ts';
import { startTenantMachine } from './testing/tenant-machine.ts';
import { listenerOf, memberOf, poolOf } from './testing/tree.ts';

const RULES_PORT = 80;
const ACTIONS_PORT = 81;
const TLS_PORT = 443;
const CERTIFICATE_HEADERS = [
  'X-SSL-Client-Verify',
  'X-SSL-Client-Has-Cert',
  'X-SSL-Client-DN',
  'X-SSL-Client-CN',
  'X-SSL-Issuer',
  'X-SSL-Client-SHA1',
  'X-SSL-Client-Not-Before',
  'X-SSL-Client-Not-After',
];

let plane: DataPlane;
let store: CertificateStore;

beforeAll(async () => {
  store = await createCertificateStore();
  plane = await openDataPlane({ certificates: store.manager });
  const { loadBalancerId: id, options, networkName } = plane;
  const { address } = await startTenantMachine(options, networkName, 'web', [
    { name: 'rest', port: 8001, kind: 'http' },
    { name: 'app', port: 8002, kind: 'http' },
  ]);
  const rest = poolOf(id, [memberOf(address, 8001)]);
  const app = poolOf(id, [memberOf(address, 8002)]);
  const defaultPoolId = rest.id;
  await plane.apply({
    pools: [rest, app],
    listeners: [
      listenerOf(id, RULES_PORT, { defaultPoolId }, rulePolicies()),
      listenerOf(id, ACTIONS_PORT, { defaultPoolId }, actionPolicies(app.id)),
      listenerOf(
        id,
        TLS_PORT,
        {
          protocol: 'TERMINATED_HTTPS',
          defaultPoolId,
          defaultTlsContainerRef: SERVER_REF,
          clientCaTlsContainerRef: CLIENT_CA_REF,
          clientAuthentication: 'OPTIONAL',
          hstsMaxAgeSeconds: 3600,
          hstsIncludeSubdomains: true,
          insertHeaders: Object.fromEntries(
            [...CERTIFICATE_HEADERS, 'X-Forwarded-Proto', 'X-Forwarded-For'].map((name) => [
              name,
              'true',
            ]),
          ),
        },
        tlsPolicies(),
      ),
    ],
  });
});
afterAll(() => plane?.close());

function askPort(port: number, { path = '/', headers = {} }: Asked): Promise<Answer> {
  return ask(`http://${plane.vip}:${port}/`, headers, { path });
}

async function askTls(path: string, clientPem?: string): Promise<Answer> {
  return ask(
    `https://${plane.vip}${path}`,
    {},
    clientPem ? { cert: clientPem, key: clientPem } : {},
  );
}

/** Where the policies on certificates send somebody. */
function tlsPlaces(clientPem?: string): Promise<readonly (string | undefined)[]> {
  const paths = ['/has', '/verified', '/name'];
  return Promise.all(
    paths.map(async (path) => (await askTls(path, clientPem)).headers.location?.split('/').at(-1)),
  );
}

test.each(L7_CASES.map((each, index) => ({ ...each, index })))(
  '$rule.type $rule.compareType $rule.value matches what it should and nothing else',
  async ({ matching, other, index }) => {
    const { headers } = await askPort(RULES_PORT, matching);
    expect(headers.location).toBe(`http://matched.test/${index}`);
    expect(await askPort(RULES_PORT, other)).toMatchObject({ status: 200 });
  },
);

describe('what a policy does', () => {
  test.each(REDIRECT_CODES)(
    'redirects with code %d to exactly the address that is stored',
    async (code) => {
      const { status, headers } = await askPort(ACTIONS_PORT, { path: `/moved/${code}/x` });
      expect([status, headers.location]).toEqual([
        code,
        `https://other.test/?a=1&b=%20'#to-${code}`,
      ]);
    },
  );

  test('redirects to a prefix, and the path and query follow it', async () => {
    const { status, headers } = await askPort(ACTIONS_PORT, { path: '/shop/a?b=c' });
    expect([status, headers.location]).toEqual([302, 'https://other.test/old/shop/a?b=c']);
  });

  test('sends to another pool', async () => {
    expect((await received(`http://${plane.vip}:${ACTIONS_PORT}/app/x`)).name).toBe('app');
    expect((await received(`http://${plane.vip}:${ACTIONS_PORT}/`)).name).toBe('rest');
  });

  test('rejects when all of its rules hold, an inverted one when it does not match', async () => {
    expect((await askPort(ACTIONS_PORT, { path: '/secret' })).status).toBe(403);
    const headers = { 'user-agent': 'a Bot of ours' };
    expect((await askPort(ACTIONS_PORT, { path: '/secret', headers })).status).toBe(200);
  });

  test('is nothing while it is disabled', async () => {
    expect((await askPort(ACTIONS_PORT, { path: '/open' })).status).toBe(200);
  });
});

describe('where TLS ends', () => {
  test('rules see whether the client showed a certificate, of whom, and whether it holds', async () => {
    const pem = await store.clientPem('Ann Example');
    expect(await tlsPlaces(pem)).toEqual(['has-cert', 'verified', 'by-name']);
    expect(await tlsPlaces()).toEqual(['no-cert', 'verified', undefined]);
  });

  test('members are told of the client’s certificate, and believe no client’s own word', async () => {
    const pem = await store.clientPem('Ann "A" Example');
    const forged = { 'x-ssl-client-cn': 'root', 'x-forwarded-proto': 'http' };
    const url = `https://${plane.vip}/`;
    const { headers } = await received(url, forged, { cert: pem, key: pem });
    expect(headers).toMatchObject({
      'x-forwarded-proto': 'https',
      'x-ssl-client-verify': '0',
      'x-ssl-client-has-cert': '1',
      'x-ssl-client-sha1': expect.stringMatching(/^"?[0-9A-F]{40}"?$/),
      'x-ssl-issuer': expect.stringContaining('clients of a tenant'),
      'x-ssl-client-not-after': expect.stringMatching(/\d{12}Z/),
    });
    expect(headers['x-ssl-client-cn']).toContain('Ann ');
    expect((await received(url, forged)).headers['x-ssl-client-cn']).not.toContain('root');
  });

  test('clients are told to stay with TLS', async () => {
    expect((await askTls('/')).headers['strict-transport-security']).toBe(
      'max-age=3600; includeSubDomains;',
    );
  });
});
