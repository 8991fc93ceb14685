import type { NetworkDriver } from '#core/ports/network.ts';
import { subresourceNotFound, validationFailure } from '../../faults.ts';

/** @throws OctaviaError for a QoS policy that is not there, or where the network knows none */
export async function expectQosPolicy(
  id: string | null | undefined,
  network: NetworkDriver,
): Promise<void> {
  if (!id) return;
  if (network.hasQosPolicy === undefined)
    throw validationFailure('VIP QoS policy is not allowed in this deployment.');
  if (!(await network.hasQosPolicy(id))) throw subresourceNotFound('qos_policy', id);
}

/** @throws OctaviaError naming the first security group that is not there */
export async function expectSecurityGroups(
  ids: readonly string[] | null | undefined,
  network: NetworkDriver,
): Promise<void> {
  for (const id of ids ?? [])
    if (!(await network.hasSecurityGroup?.(id))) throw subresourceNotFound('Security Group', id);
}
