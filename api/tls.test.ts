import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { DriverFailure, ErrorCode, OctaviaError } from '#core/domain/errors.ts';
import {
  type Api,
  activeLoadBalancer,
  activePool,
  PROJECT,
  SUBNET,
  startApi,
} from './testing/harness.ts';

const folder = mkdtempSync(join(tmpdir(), 'octavia-tls-'));
const file = (name: string) => join(folder, name);
const openssl = (...parameters: string[]) =>
  execFileSync('openssl', parameters, { cwd: folder, stdio: 'pipe' });

const KEYS = {
  rsa: ['rsa:2048'],
  ec: ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  ed25519: ['ed25519'],
};
type Kind = keyof typeof KEYS;

/** An authority with an empty revocation list of its own. */
function makeAuthority(kind: Kind): void {
  const self = ['req', '-x509', '-nodes', '-days', '2', '-newkey', ...KEYS[kind]];
  openssl(...self, '-subj', `/CN=${kind}`, '-keyout', `${kind}.key`, '-out', `${kind}.pem`);
  writeFileSync(file('index'), '');
  writeFileSync(file('ca.conf'), '[ca]\ndefault_ca=own\n[own]\ndatabase=index\n');
  const signer = ['-config', 'ca.conf', '-cert', `${kind}.pem`, '-keyfile', `${kind}.key`];
  const digest = kind === 'ed25519' ? 'default' : 'sha384';
  openssl('ca', '-gencrl', '-crldays', '2', '-md', digest, ...signer, '-out', `${kind}.crl`);
}

function makeCertificate(name: string, subject: string, ...more: string[]): void {
  const self = ['req', '-x509', '-nodes', '-days', '2', '-newkey', 'rsa:2048'];
  openssl(...self, '-subj', subject, ...more, '-keyout', `${name}.key`, '-out', `${name}.pem`);
}

const secret = (ref: string): string | null => {
  try {
    return readFileSync(file(ref), 'utf8');
  } catch {
    return null;
  }
};

let api: Api;
let parent: string;
beforeAll(async () => {
  for (const kind of Object.keys(KEYS) as Kind[]) makeAuthority(kind);
  makeCertificate('named', '/O=x/CN=www.example.org');
  makeCertificate('alternative', '/O=x', '-addext', 'subjectAltName=DNS:www.example.org');
  makeCertificate('nameless', '/O=x', '-addext', 'subjectAltName=IP:10.0.0.1');
  writeFileSync(file('nonsense'), 'nonsense');
  writeFileSync(file('empty.crl'), '-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n');
  api = await startApi('', {
    certificates: {
      getSecret: async (ref) => secret(ref),
      getTlsContainer: async (ref, projectId) => {
        if (ref === 'locked.p12') throw new OctaviaError(ErrorCode.InvalidInput, LOCKED);
        if (ref === 'sealed') throw new DriverFailure('it was tampered with', { retryable: false });
        if (projectId !== PROJECT) return null;
        const pem = secret(ref);
        return pem === null
          ? null
          : { certificatePem: pem, privateKeyPem: '', intermediatesPem: [] };
      },
    },
  });
  parent = await activeLoadBalancer(api);
});
beforeEach(async () => {
  await api.finish();
  await api.database.query('delete from listener');
});
afterAll(async () => {
  await api.close();
  rmSync(folder, { recursive: true });
});

const create = async (attributes: object) => {
  const listener = {
    loadbalancer_id: parent,
    protocol: 'TERMINATED_HTTPS',
    protocol_port: 443,
    default_tls_container_ref: 'named.pem',
    ...attributes,
  };
  const answer = await api.post('/listeners', { listener });
  await api.finish();
  return answer;
};
const authority = (ca: string, crl: string) => ({
  client_ca_tls_container_ref: ca,
  client_crl_container_ref: crl,
});
const FOREIGN =
  'Validation failure: The CRL specified is not valid for client certificate authority reference supplied.';
const LOCKED =
  'The PKCS12 bundle is unreadable. Please check the PKCS12 bundle validity. In addition, make sure it does not require a pass phrase. Error: locked';
const NO_LIST = 'The client authentication certificate revocation list is invalid.';

test('revocation lists are taken from the authority that signed them only, whatever its key', async () => {
  for (const kind of Object.keys(KEYS)) {
    const own = await create(authority(`${kind}.pem`, `${kind}.crl`));
    expect(own.status, own.text).toBe(201);
    await api.database.query('delete from listener');
    for (const other of Object.keys(KEYS).filter((name) => name !== kind)) {
      const foreign = await create(authority(`${kind}.pem`, `${other}.crl`));
      expect([foreign.status, foreign.json.faultstring]).toEqual([400, FOREIGN]);
    }
  }
});

test.each(['nonsense', 'empty.crl', 'rsa.pem'])('%s is no revocation list', async (crl) => {
  const answer = await create(authority('rsa.pem', crl));
  expect(answer.status).toBe(400);
  expect(answer.json.faultstring).toContain(NO_LIST);
});

test('what changes is checked with what is stored', async () => {
  const { id } = (await create(authority('rsa.pem', 'rsa.crl'))).json.listener;
  for (const listener of [
    { client_crl_container_ref: 'ec.crl' },
    { client_ca_tls_container_ref: 'ec.pem' },
  ]) {
    const answer = await api.put(`/listeners/${id}`, { listener });
    expect([answer.status, answer.json.faultstring]).toEqual([400, FOREIGN]);
  }
  const both = await api.put(`/listeners/${id}`, { listener: authority('ec.pem', 'ec.crl') });
  expect(both.status, both.text).toBe(200);
});

test('the same goes for what pools trust', async () => {
  const id = await activePool(api, parent, {
    ca_tls_container_ref: 'rsa.pem',
    crl_container_ref: 'rsa.crl',
  });
  const answer = await api.put(`/pools/${id}`, { pool: { crl_container_ref: 'ec.crl' } });
  expect([answer.status, answer.json.faultstring]).toEqual([400, FOREIGN]);
});

test('a certificate needs a name that clients can ask for', async () => {
  expect((await create({ default_tls_container_ref: 'alternative.pem' })).status).toBe(201);
  await api.database.query('delete from listener');
  const answer = await create({ sni_container_refs: ['nameless.pem', 'named.pem'] });
  expect([answer.status, answer.json.faultstring]).toEqual([
    400,
    'No CN or DNSName(s) found in certificate. The certificate is invalid.',
  ]);
});

test('references that lead nowhere, or to no certificate, are all named', async () => {
  const answer = await create({ sni_container_refs: ['gone', 'named.pem', 'nonsense'] });
  expect([answer.status, answer.json.faultstring]).toEqual([
    400,
    "Could not retrieve certificate: ['gone', 'nonsense']",
  ]);
  expect((await api.get('/listeners')).json.listeners).toEqual([]);
});

test('a bundle that cannot be opened, and a secret that cannot be read, are told apart', async () => {
  const locked = await create({ default_tls_container_ref: 'locked.p12' });
  expect([locked.status, locked.json.faultstring]).toEqual([400, LOCKED]);
  const sealed = await create({ default_tls_container_ref: 'sealed' });
  expect([sealed.status, sealed.json.faultstring]).toEqual([
    400,
    "Could not retrieve certificate: ['sealed']",
  ]);
});

test("references are looked for in the load balancer's project, also when all of it is made at once", async () => {
  const refused = [400, "Could not retrieve certificate: ['named.pem']"];
  const other = await api.request(
    'POST',
    '/loadbalancers',
    {
      loadbalancer: {
        vip_subnet_id: SUBNET,
        listeners: [
          {
            protocol: 'TERMINATED_HTTPS',
            protocol_port: 443,
            default_tls_container_ref: 'named.pem',
          },
        ],
      },
    },
    { 'x-project-id': 'another' },
  );
  expect([other.status, other.json.faultstring]).toEqual(refused);
});
