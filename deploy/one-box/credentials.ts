import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  createCertificateAuthority,
  issueCertificate,
} from '#drivers/local/certificate-authority.ts';

/** The files by which controllers and amphorae of one cloud know each other. All of them private to their owner. */
export interface Credentials {
  /** Signs the agents' certificates. */
  readonly serverCaFile: string;
  readonly serverCaKeyFile: string;
  /** What agents trust: it signed the controllers' certificate. */
  readonly clientCaFile: string;
  /** Certificate and key of the controllers. */
  readonly clientFile: string;
  readonly heartbeatKey: string;
  /** Seals tenants' certificates in the database. */
  readonly certificatesPassphrase: string;
}

const CONTROLLER_VALIDITY_SECONDS = 9 * 365 * 86_400;

/** Makes what is missing in the folder; what is there stays, since living amphorae trust it. */
export async function prepareCredentials(folder: string): Promise<Credentials> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const files = {
    serverCaFile: join(folder, 'server_ca.pem'),
    serverCaKeyFile: join(folder, 'server_ca.key'),
    clientCaFile: join(folder, 'client_ca.pem'),
    clientFile: join(folder, 'client.pem'),
  };
  await Promise.all([
    prepareServerAuthority(files.serverCaFile, files.serverCaKeyFile),
    prepareController(files.clientCaFile, files.clientFile),
  ]);
  return {
    ...files,
    heartbeatKey: prepareKey(join(folder, 'heartbeat.key')),
    certificatesPassphrase: prepareKey(join(folder, 'certificates.key')),
  };
}

/** Of a server on loopback, which everyone on this machine can reach. */
export function preparePassword(folder: string, server: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return prepareKey(join(folder, `${server}.key`));
}

async function prepareServerAuthority(caFile: string, keyFile: string): Promise<void> {
  if (existsSync(caFile) && existsSync(keyFile)) return;
  const authority = await createCertificateAuthority('octavia one-box server CA');
  writePrivate(keyFile, authority.privateKeyPem);
  writePrivate(caFile, authority.certificatePem);
}

/** The client CA's key is dropped: one controller certificate is all it ever signs. */
async function prepareController(caFile: string, clientFile: string): Promise<void> {
  if (existsSync(caFile) && existsSync(clientFile)) return;
  const authority = await createCertificateAuthority('octavia one-box client CA');
  const issued = await issueCertificate(authority, {
    commonName: 'octavia-controller',
    validitySeconds: CONTROLLER_VALIDITY_SECONDS,
    digest: 'sha256',
  });
  writePrivate(clientFile, issued.pem);
  writePrivate(caFile, authority.certificatePem);
}

function prepareKey(file: string): string {
  if (!existsSync(file)) writePrivate(file, randomBytes(32).toString('hex'));
  return readFileSync(file, 'utf8').trim();
}

/** Written aside and renamed: a crash leaves no half of a key. */
function writePrivate(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
