import { randomUUID } from 'node:crypto';
import { flavorProfiles, flavors } from '#core/db/repositories/flavor.ts';
import { members } from '#core/db/repositories/member.ts';
import { ErrorCode, OctaviaError } from '#core/domain/errors.ts';
import { exploded, parseAddress } from '#core/domain/ip-address.ts';
import type { Member } from '#core/domain/member.ts';
import type { Pool } from '#core/domain/pool.ts';
import { OperatingStatus } from '#core/domain/status.ts';
import type { Queryable } from '#core/ports/transaction.ts';
import { type ApiContext, timestamp } from '../../context.ts';
import { conflict, invalidOption, subresourceNotFound } from '../../faults.ts';
import { readMetadata } from '../../provider-metadata.ts';
import { isSameIp } from '../../schema/ip.ts';
import { NEWBORN } from '../../writing.ts';
import type { NestedMember } from './schema.ts';

/** The member that a request asks for, with every default filled in. */
export function newMember(
  sent: NestedMember,
  pool: Pick<Pool, 'id' | 'projectId'>,
  hasMonitor: boolean,
  context: ApiContext,
): Member {
  const { address, port } = identityOf(sent);
  return {
    id: randomUUID(),
    projectId: pool.projectId,
    poolId: pool.id,
    ...NEWBORN,
    operatingStatus: hasMonitor ? OperatingStatus.Offline : OperatingStatus.NoMonitor,
    name: sent.name ?? null,
    isEnabled: sent.admin_state_up === undefined ? true : (sent.admin_state_up ?? false),
    address,
    protocolPort: port,
    weight: sent.weight === undefined ? 1 : sent.weight,
    isBackup: sent.backup ?? false,
    subnetId: sent.subnet_id ?? null,
    monitorAddress: sent.monitor_address ?? null,
    monitorPort: sent.monitor_port ?? null,
    vnicType: vnicTypeOf(sent),
    tags: sent.tags ?? [],
    createdAt: timestamp(context.clock),
    updatedAt: null,
  };
}

/** What tells a member from its siblings; compared as the user spelt it. */
export function identityOf(sent: NestedMember): {
  readonly address: string;
  readonly port: number;
} {
  if (sent.address === null || sent.address === undefined)
    throw invalidOption('None', 'member address');
  if (sent.protocol_port === null || sent.protocol_port === undefined)
    throw invalidOption('None', 'protocol_port');
  return { address: sent.address, port: sent.protocol_port };
}

/** Addresses such as the metadata service's would let tenants reach what is not theirs. */
export function refuseReservedAddress(sent: NestedMember, context: ApiContext): void {
  const { address } = identityOf(sent);
  const parsed = parseAddress(address);
  const { reservedIps } = context.config.networking;
  if (parsed && reservedIps.some((reserved) => isSameIp(reserved, address)))
    throw invalidOption(exploded(parsed).toUpperCase(), 'member address');
}

export async function refuseUnknownSubnet(
  subnetId: string | null | undefined,
  context: ApiContext,
): Promise<void> {
  if (subnetId && (await context.network.getSubnet(subnetId)) === null)
    throw subresourceNotFound('Subnet', subnetId);
}

/** @throws OctaviaError when new members ask for SR-IOV ports and the load balancer's flavor does not allow them */
export async function refuseSriov(
  db: Queryable,
  added: readonly Pick<Member, 'vnicType'>[],
  flavorId: string | null,
): Promise<void> {
  if (added.every((member) => member.vnicType === 'normal')) return;
  const flavor = flavorId === null ? null : await flavors.find(db, flavorId);
  const profile = flavor && (await flavorProfiles.find(db, flavor.flavorProfileId));
  const metadata = profile && readMetadata(profile.data, 'flavor_data');
  if (metadata?.['allow_member_sriov'] === true) return;
  throw new OctaviaError(
    ErrorCode.InvalidInput,
    'The load balancer flavor does not allow SR-IOV member ports.',
  );
}

export function vnicTypeOf(sent: NestedMember): Member['vnicType'] {
  return sent.request_sriov ? 'direct' : 'normal';
}

export async function refuseDuplicate(db: Queryable, member: Member): Promise<void> {
  const siblings = await members.findBy(db, 'poolId', member.poolId);
  if (siblings.some((sibling) => isSameMember(sibling, member))) throw duplicate(member);
}

export function isSameMember(a: Member, b: Member): boolean {
  return a.address === b.address && a.protocolPort === b.protocolPort;
}

export function duplicate(member: Member): OctaviaError {
  return conflict(
    `Another member on this pool is already using ip ${member.address} on protocol_port ${member.protocolPort}`,
  );
}
