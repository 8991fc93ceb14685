import type { CertificateManager, TlsContainer } from '#core/ports/certificates.ts';
import {
  type CertificateAuthority,
  createCertificateAuthority,
  issueCertificate,
} from '#drivers/local/certificate-authority.ts';

/** Tenants' certificates, by reference, in memory. */
export interface CertificateStore {
  readonly manager: CertificateManager;
  readonly authority: CertificateAuthority;
  /** PEM: certificate and key of a client that the authority signed. */
  clientPem(commonName: string): Promise<string>;
}

export const SERVER_REF = 'https://keys.test/v1/containers/server';
export const CLIENT_CA_REF = 'https://keys.test/v1/secrets/client-ca';

const REQUEST = { validitySeconds: 3600, digest: 'sha256' } as const;

/** Holds one certificate for a listener, and the CA of its clients. */
export async function createCertificateStore(): Promise<CertificateStore> {
  const authority = await createCertificateAuthority('clients of a tenant');
  const { pem } = await issueCertificate(authority, { ...REQUEST, commonName: 'www.example.test' });
  const [certificatePem = '', privateKeyPem = ''] = pem.split(/(?=-----BEGIN [A-Z ]*KEY)/);
  const server: TlsContainer = { certificatePem, privateKeyPem, intermediatesPem: [] };
  return {
    authority,
    manager: {
      getTlsContainer: async (ref) => (ref === SERVER_REF ? server : null),
      getSecret: async (ref) => (ref === CLIENT_CA_REF ? authority.certificatePem : null),
    },
    clientPem: async (commonName) =>
      (await issueCertificate(authority, { ...REQUEST, commonName })).pem,
  };
}
