import type { CertificateGenerator, CertificateManager } from '#core/ports/certificates.ts';
import type { Clock } from '#core/ports/clock.ts';
import { Faults } from './faults.ts';

const A_MONTH_MS = 30 * 24 * 3600 * 1000;

/** Holds nothing, so finds nothing: every reference to a certificate is refused by whoever looks it up. */
export function noopCertificateManager(): CertificateManager {
  return { getTlsContainer: async () => null, getSecret: async () => null };
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
