import { createPrivateKey, randomUUID, X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type {
  CertificateGenerator,
  CertificateManager,
  TlsContainer,
} from '#core/ports/certificates.ts';

export interface CertificateManagerBench {
  readonly driver: CertificateManager;
  /** As a tenant does it. @returns the reference */
  storeContainer(projectId: string, container: TlsContainer): Promise<string>;
  storeSecret(projectId: string, text: string): Promise<string>;
  readonly close: () => Promise<void>;
}

export interface CertificateGeneratorBench {
  readonly driver: CertificateGenerator;
  /** Who signs, PEM. Null: nobody does, and what is issued is no certificate. */
  readonly authorityPem: string | null;
  readonly close: () => Promise<void>;
}

const CONTAINER: TlsContainer = {
  certificatePem: 'a certificate',
  privateKeyPem: 'its key',
  intermediatesPem: ['nearest', 'next'],
};

/** What every certificate manager promises. */
export function certificateManagerConformance(
  name: string,
  open: () => Promise<CertificateManagerBench>,
): void {
  describe(`certificate manager ${name}`, () => {
    let bench: CertificateManagerBench;
    beforeAll(async () => {
      bench = await open();
    });
    afterAll(() => bench.close());

    test('a project reads what it stored, intermediates in their order', async () => {
      const ref = await bench.storeContainer('mine', CONTAINER);
      expect(await bench.driver.getTlsContainer(ref, 'mine')).toEqual(CONTAINER);
      const secret = await bench.storeSecret('mine', 'a revocation list');
      expect(await bench.driver.getSecret(secret, 'mine')).toBe('a revocation list');
    });

    test('to another project it is not there', async () => {
      const ref = await bench.storeContainer('mine', CONTAINER);
      const secret = await bench.storeSecret('mine', 'a CA');
      expect(await bench.driver.getTlsContainer(ref, 'theirs')).toBeNull();
      expect(await bench.driver.getSecret(secret, 'theirs')).toBeNull();
    });

    test('a container is no secret, and a secret no container', async () => {
      const ref = await bench.storeContainer('mine', CONTAINER);
      const secret = await bench.storeSecret('mine', 'a CA');
      expect(await bench.driver.getSecret(ref, 'mine')).toBeNull();
      expect(await bench.driver.getTlsContainer(secret, 'mine')).toBeNull();
    });

    test('what nobody stored, and what is no reference at all, is null', async () => {
      const ref = await bench.storeContainer('mine', CONTAINER);
      const unknown = ref.replace(/[^/]+$/, randomUUID());
      for (const each of [unknown, '', 'nonsense', `${ref}0`, `${ref}' or true --`]) {
        expect(await bench.driver.getTlsContainer(each, 'mine')).toBeNull();
        expect(await bench.driver.getSecret(each, 'mine')).toBeNull();
      }
    });
  });
}

/** What every generator of agents' certificates promises. */
export function certificateGeneratorConformance(
  name: string,
  open: () => Promise<CertificateGeneratorBench>,
): void {
  describe(`certificate generator ${name}`, () => {
    let bench: CertificateGeneratorBench;
    beforeAll(async () => {
      bench = await open();
    });
    afterAll(() => bench.close());

    test('what is issued holds for some time', async () => {
      const { pem, expiresAt } = await bench.driver.issue(randomUUID());
      expect(pem).toMatch(/./);
      expect(expiresAt.getTime()).toBeGreaterThan(Date.now());
    });

    test('it is a certificate and then its key, for the amphora alone, signed by the authority', async (context) => {
      if (bench.authorityPem === null) return context.skip('it signs nothing');
      const amphoraId = randomUUID();
      const { pem, expiresAt } = await bench.driver.issue(amphoraId);
      expect(pem).toMatch(/^-----BEGIN CERTIFICATE-----[^]*-----BEGIN (RSA )?PRIVATE KEY-----/);
      const certificate = new X509Certificate(pem);
      expect(certificate.subject).toBe(`CN=${amphoraId}`);
      expect(certificate.checkHost(amphoraId)).toBe(amphoraId);
      expect(certificate.ca).toBe(false);
      expect(certificate.verify(new X509Certificate(bench.authorityPem).publicKey)).toBe(true);
      expect(certificate.checkPrivateKey(createPrivateKey(keyOf(pem)))).toBe(true);
      expect(Math.abs(certificate.validToDate.getTime() - expiresAt.getTime())).toBeLessThan(1000);
    });

    test('the next one for the same amphora is another', async (context) => {
      if (bench.authorityPem === null) return context.skip('it signs nothing');
      const amphoraId = randomUUID();
      const [first, second] = [
        await bench.driver.issue(amphoraId),
        await bench.driver.issue(amphoraId),
      ].map(({ pem }) => new X509Certificate(pem));
      expect(second?.serialNumber).not.toBe(first?.serialNumber);
    });
  });
}

function keyOf(pem: string): string {
  return pem.slice(pem.search(/-----BEGIN (RSA )?PRIVATE KEY/));
}
