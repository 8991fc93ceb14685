import { randomUUID } from 'node:crypto';
import type { ProviderDriver } from '#core/ports/provider.ts';

/** What the original's noop provider answers for a VIP that nobody placed. */
const ADDRESS_OF_NOTHING = '198.0.2.5';

const accept = async (): Promise<void> => {};

/** Takes whatever comes and never finishes it: what it is given stays pending until somebody reports otherwise. */
export function noopProvider(name: string): ProviderDriver {
  return {
    name,
    createVipPort: async (_loadBalancerId, _projectId, vip, additional) => ({
      vip: {
        ...vip,
        address: vip.address ?? ADDRESS_OF_NOTHING,
        networkId: vip.networkId ?? randomUUID(),
        portId: vip.portId ?? randomUUID(),
        subnetId: vip.subnetId ?? randomUUID(),
      },
      additionalVips: additional.map((one) => ({
        ...one,
        ipAddress: one.ipAddress ?? ADDRESS_OF_NOTHING,
      })),
    }),
    deleteVipPort: accept,
    getSupportedFlavorMetadata: async () => ({
      amp_image_tag: 'The tag of the image that amphorae boot from.',
    }),
    getSupportedAvailabilityZoneMetadata: async () => ({
      compute_zone: 'The compute availability zone.',
      volume_zone: 'The volume availability zone.',
    }),
    validateFlavor: accept,
    validateAvailabilityZone: accept,
    loadBalancerCreate: accept,
    loadBalancerUpdate: accept,
    loadBalancerDelete: accept,
    loadBalancerFailover: accept,
    listenerCreate: accept,
    listenerUpdate: accept,
    listenerDelete: accept,
    poolCreate: accept,
    poolUpdate: accept,
    poolDelete: accept,
    memberCreate: accept,
    memberUpdate: accept,
    memberDelete: accept,
    memberBatchUpdate: accept,
    healthMonitorCreate: accept,
    healthMonitorUpdate: accept,
    healthMonitorDelete: accept,
    l7PolicyCreate: accept,
    l7PolicyUpdate: accept,
    l7PolicyDelete: accept,
    l7RuleCreate: accept,
    l7RuleUpdate: accept,
    l7RuleDelete: accept,
  };
}
