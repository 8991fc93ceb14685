import { isIPv6 } from 'node:net';
import { DriverFailure } from '#core/domain/errors.ts';

export interface AgentAddress {
  /** `https://<address>:<port>`, IPv6 in brackets, never with a zone: URLs have no room for one. */
  readonly origin: string;
  /** What is dialled: link-local addresses with the zone. */
  readonly host: string;
}

/** @throws DriverFailure (permanent) when the amphora has no address on the LB network */
export function agentAddress(
  amphora: { readonly id: string; readonly lbNetworkIp: string | null },
  port: number,
  lbNetworkInterface: string,
): AgentAddress {
  const ip = amphora.lbNetworkIp;
  if (ip === null) {
    const what = `amphora ${amphora.id} has no address on the LB network; its machine must be ACTIVE first`;
    throw new DriverFailure(what, { retryable: false });
  }
  if (!isIPv6(ip)) return { origin: `https://${ip}:${port}`, host: ip };
  const host = isLinkLocal(ip) ? `${ip}%${lbNetworkInterface}` : ip;
  return { origin: `https://[${ip}]:${port}`, host };
}

/** fe80::/10 */
function isLinkLocal(ip: string): boolean {
  return /^fe[89ab]/i.test(ip);
}
