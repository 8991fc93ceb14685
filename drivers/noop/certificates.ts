import type {
  CertificateGenerator,
  CertificateManager,
  TlsContainer,
} from '#core/ports/certificates.ts';
import type { Clock } from '#core/ports/clock.ts';
import { Faults } from './faults.ts';
import { memoryStore, type NoopStore } from './store.ts';

/** A tenant's secret. */
export type NoopSecret =
  | { readonly projectId: string; readonly container: TlsContainer }
  | { readonly projectId: string; readonly text: string };

export interface NoopCertificateManagerOptions {
  /** By reference. Nothing by default: then every reference is refused by whoever looks it up. */
  readonly secrets?: NoopStore<NoopSecret>;
  readonly faults?: Faults;
}

const A_MONTH_MS = 30 * 24 * 3600 * 1000;

export function noopCertificateManager(
  options: NoopCertificateManagerOptions = {},
): CertificateManager {
  const { secrets = memoryStore<NoopSecret>(), faults = new Faults() } = options;
  const find = async (method: string, ref: string, projectId: string) => {
    await faults.reach(`certificateManager.${method}`);
    const secret = await secrets.get(ref);
    return secret?.projectId === projectId ? secret : null;
  };
  return {
    async getTlsContainer(ref, projectId) {
      const secret = await find('getTlsContainer', ref, projectId);
      return secret !== null && 'container' in secret ? secret.container : null;
    },
    async getSecret(ref, projectId) {
      const secret = await find('getSecret', ref, projectId);
      return secret !== null && 'text' in secret ? secret.text : null;
    },
  };
}

/** Issues what looks like a certificate to nobody; good only for amphorae that do not exist. */
export function noopCertificateGenerator(
  clock: Clock,
  faults: Faults = new Faults(),
): CertificateGenerator {
  return {
    async issue(amphoraId) {
      await faults.reach('certificates.issue');
      return {
        pem: `no certificate of ${amphoraId}\n`,
        expiresAt: new Date(clock.nowMs() + A_MONTH_MS),
      };
    },
  };
}
