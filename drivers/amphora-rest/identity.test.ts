import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createCertificateAuthority, issueCertificate } from '../local/certificate-authority.ts';
import { amphoraRestDriver } from './driver.ts';
import { type PlayedAmphora, playAmphora } from './testing/played-amphora.ts';
import { createTestPki, type TestPki, testAmphora } from './testing/test-driver.ts';

const ID = '3f0c2d1e-0000-4000-8000-000000000001';
const HOST = '127.0.0.1';
const ONCE = { attemptsMax: 1, intervalMs: 1 };
const amphora = testAmphora(ID, HOST);

let pki: TestPki;
let agentPem: string;
let played: PlayedAmphora;

beforeAll(async () => {
  pki = await createTestPki();
  agentPem = await pki.agentPem(ID);
});
afterAll(() => pki.remove());

beforeEach(async () => {
  played = await playAmphora({
    pem: agentPem,
    clientCaPem: pki.clientCa.certificatePem,
    host: HOST,
  });
});
afterEach(() => played.stop());

describe('who answers', () => {
  test('is believed when it is that amphora', async () => {
    const info = await amphoraRestDriver(pki.options(played.port)).getInfo(amphora, ONCE);
    expect(info).toEqual({
      hostname: '',
      apiVersion: '1.0',
      haproxyVersion: '2.6.12-1+deb12u4',
    });
  });

  test('is not believed when it is another amphora at that address, nor told anything', async () => {
    const driver = amphoraRestDriver(pki.options(played.port));
    const other = testAmphora('3f0c2d1e-0000-4000-8000-000000000002', HOST);
    await expect(driver.uploadCertificate(other, agentPem)).rejects.toThrow(
      "amphora 3f0c2d1e-0000-4000-8000-000000000002: GET /: no usable answer in 3 attempts: Hostname/IP does not match certificate's altnames",
    );
    expect(played.requests).toEqual([]);
  });

  test('is not believed when another CA signed it', async () => {
    const stranger = await createCertificateAuthority('server CA');
    const serverCaPath = join(pki.directory, 'stranger.pem');
    await writeFile(serverCaPath, stranger.certificatePem);
    const driver = amphoraRestDriver(pki.options(played.port, { serverCaPath }));
    await expect(driver.getInfo(amphora, ONCE)).rejects.toThrow(/certificate/);
    expect(played.requests).toEqual([]);
  });

  test('does not believe us with a certificate of the wrong CA', async () => {
    const wrong = await issueCertificate(pki.serverCa, {
      commonName: 'controller',
      validitySeconds: 60,
      digest: 'sha256',
    });
    const clientCertPath = join(pki.directory, 'wrong.pem');
    await writeFile(clientCertPath, wrong.pem);
    const driver = amphoraRestDriver(pki.options(played.port, { clientCertPath }));
    await expect(driver.getInfo(amphora, ONCE)).rejects.toMatchObject({ isRetryable: true });
    expect(played.requests).toEqual([]);
  });

  test.each([
    ['TLSv1.1', false],
    ['TLSv1.2', true],
    ['TLSv1.3', true],
  ] as const)('must speak TLS 1.2 or later: %s', async (maxVersion, isFine) => {
    const old = await playAmphora({
      pem: agentPem,
      clientCaPem: pki.clientCa.certificatePem,
      host: HOST,
      maxVersion,
    });
    try {
      const info = amphoraRestDriver(pki.options(old.port)).getInfo(amphora, ONCE);
      const outcome = await info.then(
        () => 'answered',
        () => 'no answer',
      );
      expect(outcome).toBe(isFine ? 'answered' : 'no answer');
    } finally {
      await old.stop();
    }
  });

  test('is reached over IPv6, link-local with its zone too', async () => {
    const six = await playAmphora({
      pem: agentPem,
      clientCaPem: pki.clientCa.certificatePem,
      host: '::1',
    });
    try {
      const driver = amphoraRestDriver(pki.options(six.port));
      await driver.getInfo(testAmphora(ID, '::1'), ONCE);
      expect(six.requests[0]?.headers.host).toBe(`[::1]:${six.port}`);
    } finally {
      await six.stop();
    }
    // Nobody has that address: what matters is that the zone is dialled, and that URLs are not built from it.
    const driver = amphoraRestDriver(pki.options(played.port));
    await expect(driver.getInfo(testAmphora(ID, 'fe80::dead'), ONCE)).rejects.toMatchObject({
      isRetryable: true,
      cause: { address: 'fe80::dead%lo' },
    });
  });
});
