import type { Topology } from '#core/domain/load-balancer.ts';
import type { NetworkDriver, Subnet } from '#core/ports/network.ts';
import { validationFailure } from '../../faults.ts';
import { isInNetwork } from '../../schema/ip.ts';

/** The subnet that an address lies in. @throws OctaviaError when none is */
export function subnetHolding(address: string, subnets: readonly Subnet[]): Subnet {
  const holding = subnets.find((subnet) => isInNetwork(address, subnet.cidr));
  if (holding) return holding;
  throw validationFailure('Supplied network does not contain a subnet for VIP address specified.');
}

/** The VIP's and one for each amphora. */
const ADDRESSES_NEEDED: Readonly<Record<Topology, number>> = { SINGLE: 2, ACTIVE_STANDBY: 3 };

/** The first of IPv4 with room enough, or else the first with room. @throws OctaviaError when all are full */
export async function chooseSubnet(
  subnets: readonly Subnet[],
  network: NetworkDriver,
  topology: Topology,
): Promise<Subnet> {
  if (subnets.length === 0) throw validationFailure('Supplied network does not contain a subnet.');
  const free = await Promise.all(
    subnets.map(
      async ({ id }) => (await network.countFreeAddresses?.(id)) ?? Number.POSITIVE_INFINITY,
    ),
  );
  const roomy = subnets.filter((_, index) => (free[index] ?? 0) >= ADDRESSES_NEEDED[topology]);
  const chosen = roomy.find((subnet) => subnet.ipVersion === 4) ?? roomy[0];
  if (chosen) return chosen;
  throw validationFailure('Subnet(s) in the supplied network do not contain enough available IPs.');
}
