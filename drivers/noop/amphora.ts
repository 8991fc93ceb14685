import type { AmphoraDriver } from '#core/ports/amphora.ts';
import { Faults } from './faults.ts';

/** Amphorae that agree to everything and do nothing. */
export function noopAmphora(options: { readonly faults?: Faults } = {}): AmphoraDriver {
  const { faults = new Faults() } = options;
  const reach = (method: string): Promise<void> => faults.reach(`amphora.${method}`);
  return {
    async getInfo(amphora) {
      await reach('getInfo');
      return { hostname: `amphora-${amphora.id}`, apiVersion: '1.0', haproxyVersion: '2.6.12' };
    },
    plugVip: () => reach('plugVip'),
    plugNetwork: () => reach('plugNetwork'),
    async applyLoadBalancer() {
      await reach('applyLoadBalancer');
      return [];
    },
    applyVrrp: () => reach('applyVrrp'),
    async findInterface(amphora, address) {
      await reach('findInterface');
      const hasVip = amphora.role !== 'BACKUP';
      return address === amphora.vrrpIp || hasVip ? 'eth1' : null;
    },
    uploadCertificate: () => reach('uploadCertificate'),
    uploadAgentConfig: () => reach('uploadAgentConfig'),
  };
}
