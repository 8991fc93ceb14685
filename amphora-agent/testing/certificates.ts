import {
  type CertificateAuthority,
  createCertificateAuthority,
  issueCertificate,
} from '#drivers/local/certificate-authority.ts';

export interface TestCertificates {
  readonly authority: CertificateAuthority;
  /** Certificate and key of the agent, of a controller, and of a stranger whom another CA signed. */
  readonly server: string;
  readonly client: string;
  readonly stranger: string;
}

/** @param beside of a machine with the same CA and the same controller */
export async function createCertificates(
  amphoraId: string,
  beside?: TestCertificates,
): Promise<TestCertificates> {
  if (beside) return { ...beside, server: await issue(beside.authority, amphoraId) };
  const authority = await createCertificateAuthority('test CA');
  const other = await createCertificateAuthority('other CA');
  const [server, client, stranger] = await Promise.all([
    issue(authority, amphoraId),
    issue(authority, 'controller'),
    issue(other, 'stranger'),
  ]);
  return { authority, server, client, stranger };
}

/** For a day. */
export async function issue(
  authority: CertificateAuthority,
  commonName: string,
  notBeforeMs: number = Date.now(),
): Promise<string> {
  const request = { commonName, notBeforeMs, validitySeconds: 86_400, digest: 'sha256' as const };
  return (await issueCertificate(authority, request)).pem;
}
