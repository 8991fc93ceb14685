import { createHash, X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openSeal } from '#drivers/certificates-db/seal.ts';
import { type SecretKind, secretStore } from '#drivers/certificates-db/secret-store.ts';
import { type OpensslFolder, opensslFolder } from '#drivers/certificates-db/testing/openssl.ts';
import { readPemBundle } from '#drivers/certificates-db/tls-bundle.ts';
import { localAmphoraPaths } from '#drivers/local/amphora-paths.ts';
import { until } from '../../deploy/one-box/demo/api-client.ts';
import type { Scene } from '../../deploy/one-box/demo/scene.ts';
import { needsRoot, type OwnCloud, ownCloud } from './testing/own-cloud.ts';
import {
  ask,
  askHttp2,
  handshake,
  OpenConnection,
  outcome,
  sClient,
} from './testing/tls-client.ts';
import { certificate, type Seen, startMember, type TlsMember } from './testing/tls-tenant.ts';

const SERVING_MS = 20_000;
const WWW = 'www.example.test';
const SHOP = 'shop.example.test';

const PRIVATE_PORT = 8443;
const MISLED_PORT = 9443;
const SSL_HEADERS = [
  'X-SSL-Client-Verify',
  'X-SSL-Client-Has-Cert',
  'X-SSL-Client-DN',
  'X-SSL-Client-CN',
  'X-SSL-Issuer',
];
// As OpenSSL names the alerts; a client that has sent its request meanwhile may see only that nobody listens any more.
const REVOKED = /certificate.revoked|ECONNRESET|EPIPE/i;
const UNKNOWN_CA = /unknown.ca|ECONNRESET|EPIPE/i;
const NO_CERTIFICATE = /certificate.required|handshake.failure|ECONNRESET|EPIPE/i;

interface Created {
  readonly loadbalancer: {
    readonly id: string;
    readonly vip_address: string;
    readonly listeners: readonly { readonly id: string; readonly name: string }[];
  };
}

let cloud: OwnCloud;
let scene: Scene;
let files: OpensslFolder;
let plain: TlsMember;
let secure: TlsMember;
let loadBalancerId: string;
let publicListenerId: string;
let vip: string;
let ca: string;
let refs: Awaited<ReturnType<typeof storeCertificates>>;

beforeAll(async () => {
  files = opensslFolder();
  cloud = await ownCloud('k');
  if (process.getuid?.() !== 0) return;
  makeCertificates();
  scene = await cloud.start();
  refs = await storeCertificates();
  await createLoadBalancer();
});
afterAll(async () => {
  plain?.stop();
  secure?.stop();
  await cloud.remove();
  files.remove();
});
beforeEach(needsRoot);

function makeCertificates(): void {
  files.issue('root', { isAuthority: true });
  files.issue('middle', { signer: 'root', isAuthority: true });
  files.issue('www', { signer: 'middle', dnsName: WWW });
  files.issue('renewed', { signer: 'middle', dnsName: WWW });
  files.issue('shop', { signer: 'middle', dnsName: SHOP, isRsa: true });
  files.issue('clients', { isAuthority: true });
  for (const name of ['alice', 'mallory', 'amphora']) files.issue(name, { signer: 'clients' });
  files.issue('strangers', { isAuthority: true });
  files.issue('stranger', { signer: 'strangers' });
  files.issue('member', { signer: 'root', dnsName: WWW });
  files.revoke('clients', ['mallory']);
  files.write('passphrase', 'open sesame\n');
  const parts = ['-inkey', 'shop.key', '-in', 'shop.pem', '-certfile', 'middle.pem'];
  files.run('pkcs12', '-export', ...parts, '-passout', 'pass:open sesame', '-out', 'shop.p12');
  ca = files.read('root.pem');
}

/** Two by the command, as people do; the others by what stands behind it, which is faster. */
async function storeCertificates() {
  const { file, read } = files;
  const pem = ['--certificate', file('www.pem'), '--key', file('www.key')];
  const pkcs12 = ['--pkcs12', file('shop.p12'), '--passphrase-file', file('passphrase')];
  const www = await certificate(scene, 'add', ...pem, '--intermediates', file('middle.pem'));
  const shop = await certificate(scene, 'add', ...pkcs12);

  const passphrase = readFileSync(join(cloud.dataDir, 'certs/certificates.key'), 'utf8').trim();
  const store = secretStore(scene.database, openSeal([passphrase]));
  const projectId = (await store.list(null))[0]?.projectId ?? '';
  const add = (name: string, kind: SecretKind, text: string) =>
    store.add({ kind, projectId, name, text });
  const addPair = (name: string, intermediates: string | null = null) => {
    const pair = { certificate: read(`${name}.pem`), key: read(`${name}.key`) };
    const container = readPemBundle({ ...pair, intermediates, passphrase: null });
    return add(name, 'container', JSON.stringify(container));
  };
  return {
    www,
    shop,
    renewed: await addPair('renewed', read('middle.pem')),
    amphora: await addPair('amphora'),
    root: await add('root', 'secret', ca),
    clients: await add('clients', 'secret', read('clients.pem')),
    revoked: await add('revoked', 'secret', read('clients.crl')),
    strangers: await add('strangers', 'secret', read('strangers.pem')),
    foreign: await store.add({ kind: 'secret', projectId: 'other', name: 'ca', text: ca }),
  };
}

const poolOf = (name: string, { port }: TlsMember, more: object) => ({
  name,
  protocol: 'HTTP',
  lb_algorithm: 'ROUND_ROBIN',
  members: [{ address: hostAddress(), protocol_port: port }],
  ...more,
});

/** The host's own address on the tenant network: members are of this process. */
function hostAddress(): string {
  return scene.network.cidr.replace(/\.0\/\d+$/, '.1');
}

async function createLoadBalancer(): Promise<void> {
  plain = await startMember(hostAddress());
  secure = await startMember(hostAddress(), { files, name: 'member', clientCa: 'clients' });
  const tls = { protocol: 'TERMINATED_HTTPS', default_tls_container_ref: refs.www };
  const authentication = {
    client_ca_tls_container_ref: refs.clients,
    client_crl_container_ref: refs.revoked,
  };
  const reencrypted = { tls_enabled: true, tls_container_ref: refs.amphora };
  const { loadbalancer } = await scene.api.lbaas<Created>('POST', 'loadbalancers', {
    loadbalancer: {
      name: 'tls',
      vip_subnet_id: scene.network.subnetId,
      listeners: [
        {
          ...tls,
          ...authentication,
          name: 'public',
          protocol_port: 443,
          sni_container_refs: [refs.shop],
          client_authentication: 'OPTIONAL',
          insert_headers: Object.fromEntries(SSL_HEADERS.map((name) => [name, 'true'])),
          hsts_max_age: 3600,
          hsts_include_subdomains: true,
          default_pool: poolOf('plain', plain, {}),
        },
        {
          ...tls,
          ...authentication,
          name: 'private',
          protocol_port: PRIVATE_PORT,
          client_authentication: 'MANDATORY',
          tls_versions: ['TLSv1.2'],
          tls_ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384',
          alpn_protocols: ['http/1.1'],
          default_pool: poolOf('secure', secure, {
            ...reencrypted,
            ca_tls_container_ref: refs.root,
          }),
        },
        {
          ...tls,
          name: 'misled',
          protocol_port: MISLED_PORT,
          default_pool: poolOf('misled', secure, {
            ...reencrypted,
            ca_tls_container_ref: refs.strangers,
          }),
        },
      ],
    },
  });
  loadBalancerId = loadbalancer.id;
  vip = loadbalancer.vip_address;
  publicListenerId = loadbalancer.listeners.find(({ name }) => name === 'public')?.id ?? '';
  await scene.api.untilActive(loadBalancerId);
  await until('members are served', SERVING_MS, async () => (await outcome(vip, { ca })) === '200');
}

async function certificatesOnAmphora(): Promise<readonly string[]> {
  const [amphora] = await scene.api.amphorae(loadBalancerId);
  const { baseCertDir } = localAmphoraPaths(scene.options, amphora?.id ?? '');
  return readdirSync(join(baseCertDir, loadBalancerId));
}

function fileNameOf(name: string): string {
  const stored = new X509Certificate(files.read(`${name}.pem`)).toString();
  return `${createHash('sha1').update(stored).digest('hex')}.pem`;
}

const pairOf = (name: string) => ({
  cert: files.read(`${name}.pem`),
  key: files.read(`${name}.key`),
});

async function nameShownTo(servername: string): Promise<string> {
  return (await handshake(vip, { ca, servername, checkServerIdentity: () => undefined })).name;
}

const own = () => ({ ca, port: PRIVATE_PORT });

const refusal = async (listener: object) => {
  const body = {
    listener: { loadbalancer_id: loadBalancerId, protocol_port: 9999, ...listener },
  };
  const answer = await scene.api.call('POST', '/v2.0/lbaas/listeners', body);
  return [answer.status, answer.body['faultstring']];
};

describe('a listener that ends TLS', () => {
  test('shows its certificate with the intermediates, and clients that know only the root trust it', async () => {
    const said = await sClient(
      vip,
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

  test('tells browsers to come back by TLS only', async () => {
    const { headers } = await ask(vip, { ca });
    expect(headers['strict-transport-security']).toBe('max-age=3600; includeSubDomains;');
  });

  test('tells members who the client is, and believes no client that says so itself', async () => {
    const forged = Object.fromEntries(SSL_HEADERS.map((name) => [name, 'forged']));
    const seen = async (options: object) =>
      (JSON.parse((await ask(vip, { ca, headers: forged, ...options })).text) as Seen).headers;
    expect(await seen(pairOf('alice'))).toMatchObject({
      'x-ssl-client-verify': '0',
      'x-ssl-client-has-cert': '1',
      'x-ssl-client-cn': 'alice',
      'x-ssl-client-dn': '/CN=alice',
      'x-ssl-issuer': '/CN=clients',
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
    expect(await outcome(vip, { ...own(), ...pairOf('alice') })).toBe('200');
    expect(await outcome(vip, own())).toMatch(NO_CERTIFICATE);
    expect(await outcome(vip, { ...own(), ...pairOf('mallory') })).toMatch(REVOKED);
    expect(await outcome(vip, { ...own(), ...pairOf('stranger') })).toMatch(UNKNOWN_CA);
  });

  test('speaks the one version and the one cipher it was given', async () => {
    const alice = { ...own(), ...pairOf('alice') };
    expect(await handshake(vip, alice)).toMatchObject({
      protocol: 'TLSv1.2',
      cipher: 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384',
    });
    expect(await outcome(vip, { ...alice, minVersion: 'TLSv1.3' })).toMatch(/protocol.version/i);
    expect(await outcome(vip, { ...alice, ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' })).toMatch(
      /handshake.failure/i,
    );
  });

  test('speaks TLS with its members, which see its certificate and the name that the client asked for', async () => {
    const { text } = await ask(vip, { ...own(), ...pairOf('alice') });
    expect(JSON.parse(text)).toMatchObject({ clientName: 'amphora', serverName: WWW });
  });

  test('sends nothing to members that its authority does not vouch for', async () => {
    expect(await outcome(vip, { ca, port: MISLED_PORT })).toBe('503');
  });
});

test('a renewed certificate is seen by new connections; those that are open go on, and old keys leave the amphora', async () => {
  const open = await OpenConnection.to(vip, ca);
  expect(await open.ask('/')).toContain('HTTP/1.1 200');
  const slow = ask(vip, { ca, path: '/slow' });
  await until('the slow request is with its member', SERVING_MS, () => plain.waiting === 1);
  expect(await certificatesOnAmphora()).toContain(fileNameOf('shop'));

  await scene.api.lbaas('PUT', `listeners/${publicListenerId}`, {
    listener: { default_tls_container_ref: refs.renewed, sni_container_refs: [] },
  });
  await scene.api.untilActive(loadBalancerId);
  await until('new connections see the new certificate', SERVING_MS, async () => {
    return (await nameShownTo(WWW)) === 'renewed';
  });

  expect(await open.ask('/')).toContain('HTTP/1.1 200');
  open.close();
  plain.finish();
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
