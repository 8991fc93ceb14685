import { createHash, X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { OpensslFolder } from '#drivers/certificates-db/testing/openssl.ts';
import { localAmphoraPaths } from '#drivers/local/amphora-paths.ts';
import { until } from '../../deploy/one-box/demo/api-client.ts';
import type { Scene } from '../../deploy/one-box/demo/scene.ts';
import { needsRoot, type OwnCloud, ownCloud } from './testing/own-cloud.ts';
import {
  ask,
  askHttp2,
  curl,
  handshake,
  OpenConnection,
  outcome,
  sClient,
  Visitors,
} from './testing/tls-client.ts';
import {
  createTlsLoadBalancer,
  MISLED_PORT,
  makeCertificates,
  PRIVATE_PORT,
  type Refs,
  SHOP,
  SSL_HEADERS,
  storeCertificates,
  type TlsLoadBalancer,
  WITHDRAWN_PORT,
  WWW,
} from './testing/tls-scene.ts';
import { certificate } from './testing/tls-tenant.ts';

const SERVING_MS = 60_000;
// As OpenSSL names the alerts; a client that has sent its request meanwhile may see only that nobody listens any more.
const REVOKED = /certificate.revoked|ECONNRESET|EPIPE/i;
const UNKNOWN_CA = /unknown.ca|ECONNRESET|EPIPE/i;
const NO_CERTIFICATE = /certificate.required|handshake.failure|ECONNRESET|EPIPE/i;

let cloud: OwnCloud;
let scene: Scene;
let files: OpensslFolder;
let refs: Refs;
let balancer: TlsLoadBalancer | undefined;
let vip: string;
let ca: string;

beforeAll(async () => {
  cloud = await ownCloud('k');
  files = makeCertificates();
  ca = files.read('root.pem');
  if (process.getuid?.() !== 0) return;
  scene = await cloud.start();
  refs = await storeCertificates(scene, files);
  balancer = await createTlsLoadBalancer(scene, files, refs);
  vip = balancer.vip;
  await until('members are served', SERVING_MS, async () => (await outcome(vip, { ca })) === '200');
});
afterAll(async () => {
  balancer?.stop();
  await cloud.remove();
  files.remove();
});
beforeEach(needsRoot);

function own(): TlsLoadBalancer {
  if (balancer === undefined) throw new Error('there is no load balancer');
  return balancer;
}

async function certificatesOnAmphora(): Promise<readonly string[]> {
  const [amphora] = await scene.api.amphorae(own().id);
  const { baseCertDir } = localAmphoraPaths(scene.options, amphora?.id ?? '');
  return readdirSync(join(baseCertDir, own().id));
}

function fileNameOf(name: string): string {
  const stored = new X509Certificate(files.read(`${name}.pem`)).toString();
  return `${createHash('sha1').update(stored).digest('hex')}.pem`;
}

const pairOf = (name: string) => ({
  cert: files.read(`${name}.pem`),
  key: files.read(`${name}.key`),
});

/** For s_client. */
const shownFiles = (name: string) => [
  '-cert',
  files.file(`${name}.pem`),
  '-key',
  files.file(`${name}.key`),
];

async function nameShownTo(servername: string): Promise<string> {
  return (await handshake(vip, { ca, servername, checkServerIdentity: () => undefined })).name;
}

const asPrivate = () => ({ ca, port: PRIVATE_PORT });

const refusal = async (listener: object) => {
  const body = {
    listener: { loadbalancer_id: own().id, protocol_port: 9999, ...listener },
  };
  const answer = await scene.api.call('POST', '/v2.0/lbaas/listeners', body);
  return [answer.status, answer.body['faultstring']];
};

describe('a listener that ends TLS', () => {
  test('shows its certificate with the intermediates, and clients that know only the root trust it', async () => {
    const said = await sClient(
      `${vip}:443`,
      '-CAfile',
      files.file('root.pem'),
      '-servername',
      WWW,
      '-verify_hostname',
      WWW,
      '-showcerts',
    );
    expect(said).toContain('Verification: OK');
    expect(said).toContain('Verified peername: www.example.test');
    expect(said).toMatch(/0 s:CN = www\n[^]*1 s:CN = middle\n/);
  });

  test('picks the certificate by the name that the client asks for, and the default without one', async () => {
    expect(await nameShownTo(SHOP)).toBe('shop');
    expect(await nameShownTo(WWW)).toBe('www');
    expect(await nameShownTo('unknown.example.test')).toBe('www');
  });

  test('speaks HTTP/2 with who asks for it, and HTTP/1.1 with others', async () => {
    expect(await askHttp2(vip, ca)).toMatchObject({ status: 200 });
    expect((await handshake(vip, { ca, ALPNProtocols: ['h2', 'http/1.1'] })).alpn).toBe('h2');
    expect((await handshake(vip, { ca, ALPNProtocols: ['http/1.1'] })).alpn).toBe('http/1.1');
  });

  test('is trusted by curl, over both versions of HTTP, and by curl that trusts others not', async () => {
    const root = ['--cacert', files.file('root.pem')];
    expect(await curl(`${vip}:443`, ...root)).toBe('2 200\n');
    expect(await curl(`${vip}:443`, ...root, '--http1.1', '--tls-max', '1.2')).toBe('1.1 200\n');
    const strangers = ['--cacert', files.file('strangers.pem')];
    expect(await curl(`${vip}:443`, ...strangers)).toMatch(/SSL certificate problem/);
  });

  test('tells browsers to come back by TLS only', async () => {
    const { headers } = await ask(vip, { ca });
    expect(headers['strict-transport-security']).toBe('max-age=3600; includeSubDomains;');
  });

  test('tells members who the client is, and believes no client that says so itself', async () => {
    const forged = Object.fromEntries(SSL_HEADERS.map((name) => [name, 'forged']));
    const seen = async (options: object) =>
      JSON.parse((await ask(vip, { ca, headers: forged, ...options })).text) as object;
    expect(await seen(pairOf('alice'))).toMatchObject({
      'x-ssl-client-verify': '0',
      'x-ssl-client-has-cert': '1',
      'x-ssl-client-cn': 'alice',
      'x-ssl-client-dn': '/CN=alice',
      'x-ssl-issuer': '/CN=clients',
      'x-ssl-client-sha1': new X509Certificate(files.read('alice.pem')).fingerprint.replaceAll(
        ':',
        '',
      ),
      'x-ssl-client-not-before': expect.stringMatching(/^\d{12}Z$/),
      'x-ssl-client-not-after': expect.stringMatching(/^\d{12}Z$/),
    });
    const nobody = await seen({});
    expect(nobody).toMatchObject({ 'x-ssl-client-has-cert': '0' });
    expect(JSON.stringify(nobody)).not.toContain('forged');
  });

  test('may leave it to clients whether they show a certificate, but a revoked one is turned away', async () => {
    expect(await outcome(vip, { ca })).toBe('200');
    expect(await outcome(vip, { ca, ...pairOf('alice') })).toBe('200');
    expect(await outcome(vip, { ca, ...pairOf('mallory') })).toMatch(REVOKED);
    expect(await outcome(vip, { ca, ...pairOf('stranger') })).toMatch(UNKNOWN_CA);
  });
});

describe('a listener with rules of its own', () => {
  test('serves whom its authority signed and has not revoked, and nobody else', async () => {
    expect(await outcome(vip, { ...asPrivate(), ...pairOf('alice') })).toBe('200');
    expect(await outcome(vip, asPrivate())).toMatch(NO_CERTIFICATE);
    expect(await outcome(vip, { ...asPrivate(), ...pairOf('mallory') })).toMatch(REVOKED);
    expect(await outcome(vip, { ...asPrivate(), ...pairOf('stranger') })).toMatch(UNKNOWN_CA);
  });

  test('speaks the one version and the one cipher it was given', async () => {
    const alice = { ...asPrivate(), ...pairOf('alice') };
    expect(await handshake(vip, alice)).toMatchObject({
      protocol: 'TLSv1.2',
      cipher: 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384',
    });
    expect(await outcome(vip, { ...alice, minVersion: 'TLSv1.3' })).toMatch(/protocol.version/i);
    expect(await outcome(vip, { ...alice, ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' })).toMatch(
      /handshake.failure/i,
    );
  });

  test('names to OpenSSL whose certificates it takes, and why it turns one away', async () => {
    const guarded = `${vip}:${PRIVATE_PORT}`;
    const shown = await sClient(guarded, ...shownFiles('alice'), '-alpn', 'h2,http/1.1');
    expect(shown).toMatch(/Acceptable client certificate CA names\nCN = clients\n/);
    expect(shown).toMatch(/Protocol *: TLSv1\.2\n *Cipher *: ECDHE-ECDSA-AES256-GCM-SHA384\n/);
    expect(shown).toContain('ALPN protocol: http/1.1');
    const refused = {
      'certificate revoked': shownFiles('mallory'),
      'unknown ca': shownFiles('stranger'),
      'protocol version': ['-tls1_3'],
      'handshake failure': ['-cipher', 'ECDHE-ECDSA-AES128-GCM-SHA256'],
    };
    await Promise.all(
      Object.entries(refused).map(async ([alert, parameters]) =>
        expect(await sClient(guarded, ...parameters)).toContain(alert),
      ),
    );
  });

  test('speaks HTTP/2 over TLS with its members, which see its certificate and the name that the client asked for', async () => {
    const { text } = await ask(vip, { ...asPrivate(), ...pairOf('alice') });
    expect(JSON.parse(text)).toMatchObject({
      clientName: 'amphora',
      serverName: WWW,
      httpVersion: '2.0',
    });
  });

  test('sends nothing to members that its authority does not vouch for, or has revoked', async () => {
    const ports = [MISLED_PORT, WITHDRAWN_PORT];
    const outcomes = await Promise.all(ports.map((port) => outcome(vip, { ca, port })));
    expect(outcomes).toEqual(['503', '503']);
  });
});

test('a renewed certificate is seen by new connections; those that are open go on, and old keys leave the amphora', async () => {
  const open = await OpenConnection.to(vip, ca);
  expect(await open.ask('/')).toContain('HTTP/1.1 200');
  const slow = ask(vip, { ca, path: '/slow' });
  await until('the slow request is with its member', SERVING_MS, () => own().plain.waiting === 1);
  expect(await certificatesOnAmphora()).toContain(fileNameOf('shop'));
  const visitors = new Visitors(vip, ca);

  await scene.api.lbaas('PUT', `listeners/${own().publicListenerId}`, {
    listener: { default_tls_container_ref: refs.renewed, sni_container_refs: [] },
  });
  await scene.api.untilActive(own().id);
  await until('new connections see the new certificate', SERVING_MS, async () => {
    return (await nameShownTo(WWW)) === 'renewed';
  });

  expect(await open.ask('/')).toContain('HTTP/1.1 200');
  open.close();
  expect(new Set(await visitors.leave())).toEqual(new Set(['200']));
  own().plain.finish();
  expect(await slow).toMatchObject({ status: 200, text: 'begun ended' });
  const left = await certificatesOnAmphora();
  expect(left).not.toContain(fileNameOf('shop'));
  // The other listeners still serve it.
  expect(left).toContain(fileNameOf('www'));
});

describe('what is refused', () => {
  test('references to nothing, to another project and to another kind of secret', async () => {
    const nothing = refs.www.replace(/\w+$/, '000000000000');
    for (const ref of [nothing, refs.foreign, refs.root, 'nonsense'])
      expect(
        await refusal({ protocol: 'TERMINATED_HTTPS', default_tls_container_ref: ref }),
      ).toEqual([400, `Could not retrieve certificate: ['${ref}']`]);
  });

  test('a secret that a listener serves cannot be removed', async () => {
    await expect(certificate(scene, 'remove', refs.clients)).rejects.toThrow(
      `${refs.clients} is in use: listener `,
    );
  });
});

test('a listener whose secret is gone is in ERROR alone, and the others take their changes', async () => {
  const gone = refs.strangers.split('/').at(-1);
  await scene.database.query('delete from tenant_secret where id = $1', [gone]);
  await scene.api.lbaas('PUT', `listeners/${own().publicListenerId}`, {
    listener: { hsts_max_age: 7200 },
  });
  await scene.api.untilActive(own().id);
  await until('the change is in force', SERVING_MS, async () => {
    const { headers } = await ask(vip, { ca });
    return headers['strict-transport-security'] === 'max-age=7200; includeSubDomains;';
  });
  const { listeners } = await scene.api.lbaas<{
    listeners: readonly { readonly name: string; readonly provisioning_status: string }[];
  }>('GET', `listeners?loadbalancer_id=${own().id}`);
  const statuses = listeners.map(({ name, provisioning_status: status }) => `${name} ${status}`);
  expect(statuses.toSorted()).toEqual([
    'misled ERROR',
    'private ACTIVE',
    'public ACTIVE',
    'withdrawn ACTIVE',
  ]);
});

test('no private key is in a log, and none in the clear in the database', async () => {
  const folder = join(cloud.dataDir, 'logs');
  const logs = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
  expect(logs.join('\n')).toContain(own().id);
  expect(logs.filter((text) => text.includes('PRIVATE KEY'))).toEqual([]);

  const tables = await scene.database.query<{ name: string }>(
    `select quote_ident(schemaname) || '.' || quote_ident(tablename) as name from pg_tables
     where schemaname not in ('pg_catalog', 'information_schema')`,
  );
  const hex = Buffer.from('PRIVATE KEY').toString('hex');
  for (const { name } of tables.rows) {
    const found = await scene.database.query(
      `select from ${name} t where t::text ~ 'PRIVATE KEY|${hex}'`,
    );
    expect(`${name}: ${found.rowCount}`).toBe(`${name}: 0`);
  }
  expect(tables.rows.map(({ name }) => name)).toContain('public.tenant_secret');
});
