import { execFile } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer } from 'node:tls';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DriverFailure } from '#core/domain/errors.ts';
import type { Clock } from '#core/ports/clock.ts';
import { systemClock } from '#core/service/system-clock.ts';
import { certificateGeneratorConformance } from '../conformance/certificates.ts';
import {
  type CertificateAuthority,
  createCertificateAuthority,
  issueCertificate,
} from './certificate-authority.ts';
import {
  type LocalCertificateOptions,
  localCertificateGenerator,
} from './certificate-generator.ts';

const AMPHORA_ID = '3f0c2d1e-0000-4000-8000-000000000001';
const NOW_MS = Date.parse('2026-01-02T03:04:05.678Z');
const clock: Clock = { nowMs: () => NOW_MS, monotonicMs: () => 0, sleep: async () => {} };

let directory: string;
let authority: CertificateAuthority;
let options: LocalCertificateOptions;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'certificates-'));
  authority = await createCertificateAuthority('server CA', NOW_MS);
  options = {
    caCertificatePath: join(directory, 'ca.pem'),
    caPrivateKeyPath: join(directory, 'ca.key'),
    passphrase: null,
    digest: 'sha256',
    validitySeconds: 3600,
    clock,
  };
  await writeFile(options.caCertificatePath, authority.certificatePem);
  await writeFile(options.caPrivateKeyPath, authority.privateKeyPem);
});

afterAll(() => rm(directory, { recursive: true }));

certificateGeneratorConformance('local', async () => ({
  driver: localCertificateGenerator({ ...options, clock: systemClock }),
  authorityPem: authority.certificatePem,
  close: async () => {},
}));

describe("the certificate of an amphora's agent", () => {
  test('names the amphora, may serve and call, and is signed by the CA', async () => {
    const { pem } = await localCertificateGenerator(options).issue(AMPHORA_ID);
    const certificate = new X509Certificate(pem);
    const issuer = new X509Certificate(authority.certificatePem);

    expect(certificate.subject).toBe(`CN=${AMPHORA_ID}`);
    expect(certificate.subjectAltName).toBe(`DNS:${AMPHORA_ID}`);
    expect(certificate.ca).toBe(false);
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
    expect(certificate.checkIssued(issuer)).toBe(true);
    expect(certificate.verify(issuer.publicKey)).toBe(true);
    expect(issuer.ca).toBe(true);
    expect(certificate.checkPrivateKey(createPrivateKey(pem))).toBe(true);
  });

  test('says the very moment it expires', async () => {
    const { pem, expiresAt } = await localCertificateGenerator(options).issue(AMPHORA_ID);
    expect(expiresAt).toEqual(new Date('2026-01-02T04:04:05.000Z'));
    expect(new X509Certificate(pem).validToDate).toEqual(expiresAt);
  });

  test('is taken by verifiers that are strict, whatever key identifier the CA has', async () => {
    const run = promisify(execFile);
    const [keyPath, certificatePath] = ['own.key', 'own.pem'].map((name) => join(directory, name));
    const paths = { caPrivateKeyPath: keyPath ?? '', caCertificatePath: certificatePath ?? '' };
    const request = 'req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=own -keyout'.split(' ');
    const extensions = [
      'basicConstraints=critical,CA:TRUE',
      'keyUsage=critical,keyCertSign,cRLSign',
      'subjectKeyIdentifier=0102030405060708',
      'authorityKeyIdentifier=keyid:always',
    ].flatMap((extension) => ['-addext', extension]);
    const files = [paths.caPrivateKeyPath, '-out', paths.caCertificatePath];
    await run('openssl', [...request, ...files, ...extensions]);

    const timely = { ...options, ...paths, clock: systemClock };
    const { pem } = await localCertificateGenerator(timely).issue(AMPHORA_ID);
    const agentPath = join(directory, 'agent.pem');
    await writeFile(agentPath, pem);
    const show = ['x509', '-in', agentPath, '-noout', '-ext'];
    const { stdout: shown } = await run('openssl', [
      ...show,
      'subjectKeyIdentifier,authorityKeyIdentifier',
    ]);
    expect(shown).toMatch(/Subject Key Identifier:\s+([0-9A-F]{2}:?){20}/);
    expect(shown).toMatch(/Authority Key Identifier:\s+01:02:03:04:05:06:07:08\s/);
    const verify = ['verify', '-x509_strict', '-CAfile', paths.caCertificatePath, agentPath];
    expect((await run('openssl', verify)).stdout).toContain('OK');
  });

  test('can be signed with an encrypted CA key', async () => {
    const encrypted = createPrivateKey(authority.privateKeyPem).export({
      type: 'pkcs8',
      format: 'pem',
      cipher: 'aes-256-cbc',
      passphrase: 'open sesame',
    });
    const caPrivateKeyPath = join(directory, 'encrypted.key');
    await writeFile(caPrivateKeyPath, encrypted);

    const locked = { ...options, caPrivateKeyPath };
    const { pem } = await localCertificateGenerator({
      ...locked,
      passphrase: 'open sesame',
    }).issue(AMPHORA_ID);
    expect(new X509Certificate(pem).subject).toBe(`CN=${AMPHORA_ID}`);
    await expect(
      localCertificateGenerator({ ...locked, passphrase: 'wrong' }).issue(AMPHORA_ID),
    ).rejects.toThrow('ca_private_key_passphrase');
  });

  test('is refused for good, with the option to mend, when the CA is missing', async () => {
    const lost = { ...options, caCertificatePath: join(directory, 'absent.pem') };
    const failure = await localCertificateGenerator(lost)
      .issue(AMPHORA_ID)
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(DriverFailure);
    expect(failure).toMatchObject({ isRetryable: false });
    expect(String(failure)).toContain('[certificates] ca_certificate');
  });
});

describe('a TLS handshake between controller and agent', () => {
  test('succeeds with certificates of the right CAs, checked against the amphora id', async () => {
    const handshake = await shakeHands({ expectedName: AMPHORA_ID });
    expect(handshake).toEqual({ kind: 'connected', client: 'controller' });
  });

  test("fails when another amphora's agent answers", async () => {
    const handshake = await shakeHands({ expectedName: 'another-amphora' });
    expect(handshake).toEqual({ kind: 'failed', code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  });
});

/** Two distinct CAs, as in a deployment: one signs agents, the other controllers. */
async function shakeHands({ expectedName }: { expectedName: string }) {
  const serverCa = await createCertificateAuthority('server CA');
  const clientCa = await createCertificateAuthority('client CA');
  const request = { validitySeconds: 60, digest: 'sha384' } as const;
  const agent = await issueCertificate(serverCa, { ...request, commonName: AMPHORA_ID });
  const controller = await issueCertificate(clientCa, { ...request, commonName: 'controller' });

  const server = createServer({
    key: agent.pem,
    cert: agent.pem,
    ca: clientCa.certificatePem,
    requestCert: true,
    rejectUnauthorized: true,
  });
  server.on('tlsClientError', () => {});
  server.on('secureConnection', (socket) => {
    socket.on('error', () => {});
    socket.end(socket.getPeerX509Certificate()?.subject.slice(3) ?? 'nobody');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect({
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    servername: expectedName,
    ca: serverCa.certificatePem,
    key: controller.pem,
    cert: controller.pem,
  });
  try {
    const [greeting] = await once(socket, 'data');
    return { kind: 'connected', client: String(greeting) };
  } catch (error) {
    return { kind: 'failed', code: (error as NodeJS.ErrnoException).code };
  } finally {
    socket.destroy();
    server.close();
  }
}
