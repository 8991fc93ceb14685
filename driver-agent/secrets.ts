import { createHash, X509Certificate } from 'node:crypto';
import type { CertificateManager, TlsContainer } from '#core/ports/certificates.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { ProviderObject } from './provider-model.ts';

/** Looks up tenants' TLS material for providers. What cannot be read is null and said in the log. */
export interface SecretReader {
  tls(ref: string | null, projectId: string): Promise<ProviderObject | null>;
  secret(ref: string | null, projectId: string): Promise<string | null>;
}

export function secretReader(certificates: CertificateManager, logger: Logger): SecretReader {
  const read = async <Value>(
    ref: string | null,
    look: (ref: string) => Promise<Value | null>,
  ): Promise<Value | null> => {
    if (ref === null) return null;
    const value = await look(ref);
    if (value === null) logger.warn({ ref }, 'a certificate that an object refers to is not there');
    return value;
  };
  return {
    tls: (ref, projectId) =>
      read(ref, async (own) => {
        const container = await certificates.getTlsContainer(own, projectId);
        return container && toProvider(container);
      }),
    secret: (ref, projectId) => read(ref, (own) => certificates.getSecret(own, projectId)),
  };
}

function toProvider(container: TlsContainer): ProviderObject {
  const { certificatePem, privateKeyPem, intermediatesPem } = container;
  const { subject } = new X509Certificate(certificatePem);
  return {
    id: createHash('sha1').update(certificatePem).digest('hex'),
    primary_cn: /^CN=(.*)$/m.exec(subject)?.[1] ?? null,
    certificate: certificatePem,
    private_key: privateKeyPem,
    passphrase: null,
    intermediates: intermediatesPem,
  };
}
