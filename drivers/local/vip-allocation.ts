import { ErrorCode, OctaviaError } from '#core/domain/errors.ts';
import type { AdditionalVip, Vip } from '#core/domain/vip.ts';
import type { AllocatedVip, FixedIp, Subnet } from '#core/ports/network.ts';
import type { Queryable, Transaction } from '#core/ports/transaction.ts';
import { findSubnet, subnetsOf } from './network-table.ts';
import { type LocalPort, ports } from './port-table.ts';

type WantedIp = Pick<FixedIp, 'subnetId'> & { readonly ipAddress?: string };

/**
 * Makes the VIP port of a load balancer, or answers with the one that was made before; a port that the user brought
 * is checked and becomes the load balancer's.
 * @throws OctaviaError when what the user asked for is not to be had
 */
export async function allocateVipPort(
  tx: Transaction,
  loadBalancerId: string,
  vip: Vip,
  additional: readonly AdditionalVip[],
): Promise<AllocatedVip> {
  refuseUnsupported(vip);
  const deviceId = `lb-${loadBalancerId}`;
  const brought = vip.portId === null ? null : await ports.find(tx, vip.portId);
  // A port of ours that somebody deleted is made anew, as at the first time.
  if (vip.portId !== null && brought === null && !vip.isOctaviaOwned)
    throw new OctaviaError(ErrorCode.NotFound, `Port ${vip.portId} not found.`);
  if (brought !== null) {
    await claim(tx, brought, deviceId);
    return filledIn(vip, additional, brought);
  }
  const subnet = await subnetFor(tx, vip);
  const made = await ports.create(tx, {
    name: `octavia-lb-${loadBalancerId}`,
    networkId: subnet.networkId,
    deviceId,
    fixedIps: [
      wantedIp(subnet.id, vip.address),
      ...additional.map((other) => wantedIp(other.subnetId, other.ipAddress)),
    ],
  });
  return filledIn({ ...vip, isOctaviaOwned: true }, additional, made);
}

/** Gives the load balancer's port back: ours is deleted, the user's is set free. */
export async function releaseVipPort(
  tx: Transaction,
  loadBalancerId: string,
  vip: Vip,
): Promise<void> {
  const deviceId = `lb-${loadBalancerId}`;
  for (const port of await ports.ofDevice(tx, deviceId)) {
    if (port.name === `octavia-lb-${loadBalancerId}`) await ports.delete(tx, port.id);
    else if (port.id === vip.portId) await ports.unplug(tx, port.id);
  }
}

/** The box has neither: taking the wish and not fulfilling it would leave a door open that the tenant thinks shut. */
function refuseUnsupported(vip: Vip): void {
  if (vip.securityGroupIds.length > 0)
    throw new OctaviaError(
      ErrorCode.ProviderUnsupportedOption,
      'The one-box cloud has no security groups for a VIP.',
    );
  if (vip.vnicType !== 'normal')
    throw new OctaviaError(
      ErrorCode.ProviderUnsupportedOption,
      'The one-box cloud has no direct (SR-IOV) VIP ports.',
    );
}

async function claim(tx: Transaction, port: LocalPort, deviceId: string): Promise<void> {
  if (port.deviceId === deviceId) return;
  if (port.deviceId !== '')
    throw new OctaviaError(
      ErrorCode.Conflict,
      `Port ${port.id} is already used by device ${port.deviceId}`,
    );
  await tx.query('update local_cloud.port set device_id = $2 where id = $1', [port.id, deviceId]);
}

async function subnetFor(db: Queryable, vip: Vip): Promise<Subnet> {
  if (vip.subnetId !== null) {
    const subnet = await findSubnet(db, vip.subnetId);
    if (subnet !== null) return subnet;
    throw new OctaviaError(ErrorCode.NotFound, `Subnet ${vip.subnetId} not found.`);
  }
  const [first] = vip.networkId === null ? [] : await subnetsOf(db, vip.networkId);
  if (first !== undefined) return first;
  throw new OctaviaError(
    ErrorCode.NotFound,
    `Network ${vip.networkId} not found, or it has no subnet.`,
  );
}

function wantedIp(subnetId: string, address: string | null): WantedIp {
  return address === null ? { subnetId } : { subnetId, ipAddress: address };
}

/** Fills every blank of the VIP from its port: addresses in the order they were asked for. */
function filledIn(vip: Vip, additional: readonly AdditionalVip[], port: LocalPort): AllocatedVip {
  const own = port.fixedIps.find(
    (ip) =>
      (vip.subnetId === null || ip.subnetId === vip.subnetId) &&
      (vip.address === null || ip.ipAddress === vip.address),
  );
  if (own === undefined)
    throw new OctaviaError(
      ErrorCode.Conflict,
      `Port ${port.id} does not have the address ${vip.address ?? 'asked for'}${vip.subnetId === null ? '' : ` in subnet ${vip.subnetId}`}.`,
    );
  const place = { portId: port.id, networkId: port.networkId };
  const left = port.fixedIps.filter((ip) => ip !== own);
  return {
    vip: { ...vip, ...place, subnetId: own.subnetId, address: own.ipAddress },
    additionalVips: additional.map((other) => {
      const index = left.findIndex(
        (ip) =>
          ip.subnetId === other.subnetId &&
          (other.ipAddress === null || ip.ipAddress === other.ipAddress),
      );
      const [ip] = index === -1 ? [] : left.splice(index, 1);
      if (ip !== undefined) return { ...other, ...place, ipAddress: ip.ipAddress };
      throw new OctaviaError(
        ErrorCode.Conflict,
        `Port ${port.id} has no further address in subnet ${other.subnetId}.`,
      );
    }),
  };
}
