import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openSeal } from '#drivers/certificates-db/seal.ts';
import { type SecretKind, secretStore } from '#drivers/certificates-db/secret-store.ts';
import { type OpensslFolder, opensslFolder } from '#drivers/certificates-db/testing/openssl.ts';
import { readPemBundle } from '#drivers/certificates-db/tls-bundle.ts';
import type { Scene } from '../../../deploy/one-box/demo/scene.ts';
import {
  certificate,
  type PlainMember,
  startPlainMember,
  startSecureMember,
  type TlsMember,
} from './tls-tenant.ts';

export const WWW = 'www.example.test';
export const SHOP = 'shop.example.test';
export const PRIVATE_PORT = 8443;
export const MISLED_PORT = 9443;
export const WITHDRAWN_PORT = 9444;
export const SSL_HEADERS = [
  'X-SSL-Client-Verify',
  'X-SSL-Client-Has-Cert',
  'X-SSL-Client-DN',
  'X-SSL-Client-CN',
  'X-SSL-Issuer',
  'X-SSL-Client-SHA1',
  'X-SSL-Client-Not-Before',
  'X-SSL-Client-Not-After',
];

/** A load balancer with four TLS listeners, and who stands behind it. */
export interface TlsLoadBalancer {
  readonly id: string;
  readonly vip: string;
  readonly publicListenerId: string;
  /** Speaks plain HTTP. */
  readonly plain: PlainMember;
  stop(): void;
}

interface Created {
  readonly loadbalancer: {
    readonly id: string;
    readonly vip_address: string;
    readonly listeners: readonly { readonly id: string; readonly name: string }[];
  };
}

/** Two chains to one root for servers, an authority of clients that has revoked one, and strangers. */
export function makeCertificates(): OpensslFolder {
  const files = opensslFolder();
  files.issue('root', { isAuthority: true });
  files.issue('middle', { signer: 'root', isAuthority: true });
  files.issue('www', { signer: 'middle', dnsName: WWW });
  files.issue('renewed', { signer: 'middle', dnsName: WWW });
  files.issue('shop', { signer: 'middle', dnsName: SHOP, isRsa: true });
  files.issue('clients', { isAuthority: true });
  for (const name of ['alice', 'mallory', 'amphora']) files.issue(name, { signer: 'clients' });
  files.revoke('clients', ['mallory']);
  files.issue('strangers', { isAuthority: true });
  files.issue('stranger', { signer: 'strangers' });
  for (const name of ['member', 'withdrawn']) files.issue(name, { signer: 'root', dnsName: WWW });
  files.revoke('root', ['withdrawn']);
  files.write('passphrase', 'open sesame\n');
  const parts = ['-inkey', 'shop.key', '-in', 'shop.pem', '-certfile', 'middle.pem'];
  files.run('pkcs12', '-export', ...parts, '-passout', 'pass:open sesame', '-out', 'shop.p12');
  return files;
}

export type Refs = Awaited<ReturnType<typeof storeCertificates>>;

/** Two by the command, as people do; the others by what stands behind it, which is faster. */
export async function storeCertificates(scene: Scene, { file, read }: OpensslFolder) {
  const pem = ['--certificate', file('www.pem'), '--key', file('www.key')];
  const pkcs12 = ['--pkcs12', file('shop.p12'), '--passphrase-file', file('passphrase')];
  const www = await certificate(scene, 'add', ...pem, '--intermediates', file('middle.pem'));
  const shop = await certificate(scene, 'add', ...pkcs12);

  const { dataDir } = scene.state;
  const passphrase = readFileSync(join(dataDir, 'certs/certificates.key'), 'utf8').trim();
  const store = secretStore(scene.database, openSeal([passphrase]));
  const projectId = (await store.list(null))[0]?.projectId ?? '';
  const add = (name: string, kind: SecretKind, text: string) =>
    store.add({ kind, projectId, name, text });
  const addText = (name: string) => add(name, 'secret', read(name));
  const addPair = (name: string, intermediates: string | null = null) => {
    const pair = { certificate: read(`${name}.pem`), key: read(`${name}.key`) };
    const container = readPemBundle({ ...pair, intermediates, passphrase: null });
    return add(name, 'container', JSON.stringify(container));
  };
  const foreign = {
    kind: 'secret',
    projectId: 'other',
    name: 'ca',
    text: read('root.pem'),
  } as const;
  return {
    www,
    shop,
    renewed: await addPair('renewed', read('middle.pem')),
    amphora: await addPair('amphora'),
    root: await addText('root.pem'),
    rootRevoked: await addText('root.crl'),
    clients: await addText('clients.pem'),
    clientsRevoked: await addText('clients.crl'),
    strangers: await addText('strangers.pem'),
    foreign: await store.add(foreign),
  };
}

/** In one request. It is ACTIVE when this ends. */
export async function createTlsLoadBalancer(
  scene: Scene,
  files: OpensslFolder,
  refs: Refs,
): Promise<TlsLoadBalancer> {
  // The host's own address on the tenant network: members are of this process.
  const host = scene.network.cidr.replace(/\.0\/\d+$/, '.1');
  const plain = await startPlainMember(host);
  const secure = await startSecureMember(host, files, 'member', 'clients');
  const withdrawn = await startSecureMember(host, files, 'withdrawn', 'clients');
  const poolOf = (name: string, { port }: TlsMember, more: object) => ({
    default_pool: {
      name,
      protocol: 'HTTP',
      lb_algorithm: 'ROUND_ROBIN',
      members: [{ address: host, protocol_port: port }],
      ...more,
    },
  });
  const listeners = listenersOf(refs, (name, ca, crl = null) => {
    const references = { ca_tls_container_ref: ca, ...(crl ? { crl_container_ref: crl } : {}) };
    const own = { tls_enabled: true, tls_container_ref: refs.amphora, ...references };
    return poolOf(name, name === 'withdrawn' ? withdrawn : secure, own);
  });
  const publicListener = { ...publicListenerOf(refs), ...poolOf('plain', plain, {}) };
  const { loadbalancer } = await scene.api.lbaas<Created>('POST', 'loadbalancers', {
    loadbalancer: {
      name: 'tls',
      vip_subnet_id: scene.network.subnetId,
      listeners: [publicListener, ...listeners],
    },
  });
  await scene.api.untilActive(loadbalancer.id);
  return {
    id: loadbalancer.id,
    vip: loadbalancer.vip_address,
    publicListenerId: loadbalancer.listeners.find(({ name }) => name === 'public')?.id ?? '',
    plain,
    stop: () => [plain, secure, withdrawn].forEach((member) => member.stop()),
  };
}

function terminating(refs: Refs, name: string, port: number) {
  return {
    name,
    protocol: 'TERMINATED_HTTPS',
    protocol_port: port,
    default_tls_container_ref: refs.www,
  };
}

function authenticating(refs: Refs, mode: 'OPTIONAL' | 'MANDATORY') {
  return {
    client_authentication: mode,
    client_ca_tls_container_ref: refs.clients,
    client_crl_container_ref: refs.clientsRevoked,
  };
}

function publicListenerOf(refs: Refs) {
  return {
    ...terminating(refs, 'public', 443),
    ...authenticating(refs, 'OPTIONAL'),
    sni_container_refs: [refs.shop],
    insert_headers: Object.fromEntries(SSL_HEADERS.map((name) => [name, 'true'])),
    hsts_max_age: 3600,
    hsts_include_subdomains: true,
  };
}

/** @param securePool a pool that speaks TLS with its member and checks it by an authority and its revocation list */
function listenersOf(
  refs: Refs,
  securePool: (name: string, ca: string, crl?: string | null) => object,
): readonly object[] {
  return [
    {
      ...terminating(refs, 'private', PRIVATE_PORT),
      ...authenticating(refs, 'MANDATORY'),
      tls_versions: ['TLSv1.2'],
      tls_ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384',
      alpn_protocols: ['http/1.1'],
      ...securePool('secure', refs.root, refs.rootRevoked),
    },
    { ...terminating(refs, 'misled', MISLED_PORT), ...securePool('misled', refs.strangers) },
    {
      ...terminating(refs, 'withdrawn', WITHDRAWN_PORT),
      ...securePool('withdrawn', refs.root, refs.rootRevoked),
    },
  ];
}
