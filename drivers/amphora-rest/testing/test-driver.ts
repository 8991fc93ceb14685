import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Amphora } from '#core/domain/amphora.ts';
import { IMAGE_PATHS } from '#core/haproxy/context.ts';
import { DEFAULT_OPTIONS } from '#core/haproxy/testing/golden-options.ts';
import { DEFAULT_VRRP_OPTIONS } from '#core/keepalived/testing/golden-vrrp.ts';
import type { Logger } from '#core/ports/logger.ts';
import { systemClock } from '#core/service/system-clock.ts';
import {
  type CertificateAuthority,
  createCertificateAuthority,
  issueCertificate,
} from '../../local/certificate-authority.ts';
import type { AmphoraRestOptions } from '../options.ts';

/** Certificates of a deployment, on disk as the controller reads them. */
export interface TestPki {
  readonly directory: string;
  readonly serverCa: CertificateAuthority;
  readonly clientCa: CertificateAuthority;
  /** Certificate and key of an agent, PEM. */
  agentPem(amphoraId: string): Promise<string>;
  /** Options that trust and are trusted; quick to give up. */
  options(port: number, changes?: Partial<AmphoraRestOptions>): AmphoraRestOptions;
  remove(): Promise<void>;
}

const REQUEST = { validitySeconds: 3600, digest: 'sha256' } as const;

const silent: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silent,
};

export async function createTestPki(): Promise<TestPki> {
  const directory = await mkdtemp(join(tmpdir(), 'amphora-rest-'));
  const serverCa = await createCertificateAuthority('server CA');
  const clientCa = await createCertificateAuthority('client CA');
  const controller = await issueCertificate(clientCa, { ...REQUEST, commonName: 'controller' });
  const clientCertPath = join(directory, 'client.pem');
  const serverCaPath = join(directory, 'server_ca.pem');
  await writeFile(clientCertPath, controller.pem);
  await writeFile(serverCaPath, serverCa.certificatePem);
  return {
    directory,
    serverCa,
    clientCa,
    agentPem: async (amphoraId) =>
      (await issueCertificate(serverCa, { ...REQUEST, commonName: amphoraId })).pem,
    options: (port, changes) => ({
      clientCertPath,
      serverCaPath,
      port,
      lbNetworkInterface: 'lo',
      connectTimeoutMs: 5000,
      readTimeoutMs: 5000,
      patience: { attemptsMax: 3, intervalMs: 10 },
      haproxy: DEFAULT_OPTIONS,
      vrrp: DEFAULT_VRRP_OPTIONS,
      pathsOf: () => IMAGE_PATHS,
      certificates: {
        getTlsContainer: () => Promise.resolve(null),
        getSecret: () => Promise.resolve(null),
      },
      network: { getSubnet: () => Promise.resolve(null) },
      clock: systemClock,
      logger: silent,
      signal: new AbortController().signal,
      ...changes,
    }),
    remove: () => rm(directory, { recursive: true }),
  };
}

/** Only its id and address matter to the driver. */
export function testAmphora(id: string, lbNetworkIp: string | null): Amphora {
  return { id, lbNetworkIp } as Amphora;
}
