import { listeners } from '#core/db/repositories/listener.ts';
import { loadBalancers } from '#core/db/repositories/load-balancer.ts';
import { ErrorCode, OctaviaError } from '#core/domain/errors.ts';
import type { Listener } from '#core/domain/listener.ts';
import type { LoadBalancer } from '#core/domain/load-balancer.ts';
import type { Member } from '#core/domain/member.ts';
import type { Pool } from '#core/domain/pool.ts';
import type { Queryable } from '#core/ports/transaction.ts';

const ALPN_SUPPORTED = ['h2', 'http/1.1', 'http/1.0'];

/** @throws OctaviaError for application protocols that HAProxy cannot negotiate */
export function refuseAlpn(protocols: readonly string[] | null | undefined): void {
  const unknown = (protocols ?? []).filter((protocol) => !ALPN_SUPPORTED.includes(protocol));
  if (unknown.length === 0) return;
  throw refusal(
    `Amphora provider does not support ${unknown.join(', ')} ALPN protocol(s). Supported: ${ALPN_SUPPORTED.join(', ')}`,
  );
}

/**
 * LVS forwards packets as they are, so a member must have the IP version of one of the VIPs; not before a listener
 * sends anything there.
 * @throws OctaviaError for one that has not
 */
export async function refuseMixedIpVersions(
  db: Queryable,
  pool: Pool,
  members: readonly Member[],
): Promise<void> {
  if (pool.protocol !== 'UDP' && pool.protocol !== 'SCTP') return;
  if ((await listeners.findBy(db, 'defaultPoolId', pool.id)).length === 0) return;
  const loadBalancer = await loadBalancers.find(db, pool.loadBalancerId);
  if (loadBalancer === null) return;
  const { vip, additionalVips } = loadBalancer;
  const addresses = [vip.address, ...additionalVips.map((additional) => additional.ipAddress)];
  const versions = new Set(addresses.filter((address) => address !== null).map(ipVersionOf));
  if (members.every((member) => versions.has(ipVersionOf(member.address)))) return;
  throw refusal(
    `This provider doesn't support mixing IPv4 and IPv6 addresses for its VIP and members in ${pool.protocol} load balancers.`,
  );
}

/** @throws OctaviaError for a listener whose requests HAProxy does not read */
export function refuseL7Policies({ protocol }: Listener): void {
  if (protocol === 'HTTP' || protocol === 'TERMINATED_HTTPS') return;
  throw refusal(`${protocol} protocol listeners do not support L7 policies`);
}

/**
 * What flavors may ask for, but this release does not build yet: better no load balancer than another than was asked for.
 * @throws OctaviaError
 */
export function refuseUnbuildable({ vip }: Pick<LoadBalancer, 'vip'>): void {
  if (vip.vnicType !== 'normal')
    throw refusal(
      'Amphora provider does not support sriov_vip yet: VIPs are on ports of VNIC type normal.',
    );
}

/** @throws OctaviaError for a member that wants what amphorae have no ports for yet */
export function refuseSriovMembers(members: readonly Member[]): void {
  if (members.some((member) => member.vnicType !== 'normal'))
    throw refusal(
      'Amphora provider does not support request_sriov yet: members are reached by ports of VNIC type normal.',
    );
}

function ipVersionOf(address: string): 4 | 6 {
  return address.includes(':') ? 6 : 4;
}

function refusal(message: string): OctaviaError {
  return new OctaviaError(ErrorCode.ProviderUnsupportedOption, message);
}
