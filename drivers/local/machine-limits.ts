import { DriverFailure } from '#core/domain/errors.ts';
import type { MachineSpec } from '#core/domain/machine-spec.ts';
import { LB_NETWORK_NAME } from './cloud-options.ts';
import { localNetworkId } from './names.ts';

type Wished = Pick<MachineSpec, 'managementNetworkIds' | 'securityGroups' | 'sshKeyName'>;

/**
 * What machines of this cloud cannot have, as an operator may have configured it for a cloud of virtual machines.
 * @returns a sentence for each wish that has no effect
 * @throws DriverFailure (permanent) when agents could not be reached
 */
export function unmetWishes(namePrefix: string, wished: Wished): readonly string[] {
  assertManaged(namePrefix, 'amphorae', wished.managementNetworkIds);
  const { sshKeyName, securityGroups } = wished;
  const [key, groups] = ['amp_ssh_key_name', 'amp_secgroup_list'].map(
    (option) => `[controller_worker] ${option} has no effect with compute_local_driver:`,
  );
  return [
    ...(sshKeyName === null
      ? []
      : [`${key} nobody logs in to a network namespace, so ${sshKeyName} opens none`]),
    ...(securityGroups.length === 0
      ? []
      : [`${groups} ${LB_NETWORK_NAME} filters nothing, so ${securityGroups.join(', ')} cannot`]),
  ];
}

/** @throws DriverFailure (permanent) naming a network that controllers do not reach */
export function assertManaged(
  namePrefix: string,
  whose: string,
  networkIds: readonly string[],
): void {
  const own = localNetworkId(namePrefix, LB_NETWORK_NAME);
  const other = networkIds.find((id) => id !== own);
  if (other === undefined) return;
  throw new DriverFailure(
    `${whose} cannot be managed by network ${other}: controllers of the one-box cloud reach ${LB_NETWORK_NAME} (${own}) only`,
    { retryable: false },
  );
}
