import { isIP } from 'node:net';
import type { VrrpVip } from './vrrp-context.ts';
import { cidr, ipAddress } from './word.ts';

/** Table of all that leaves with a VIP as its source; the agent uses the same where there is one amphora. */
const TABLE = 'table 1';

/** The routes that follow a VIP to whoever has it. */
export function vipRoutes({ address, subnet }: VrrpVip, device: string): readonly string[] {
  const what = `subnet of VIP ${address}:`;
  const network = cidr(subnet.cidr, `${what} cidr`);
  const onlink = (gateway: string): string => `via ${gateway} dev ${device} onlink ${TABLE}`;
  return [
    `${network} dev ${device} src ${address} scope link ${TABLE}`,
    ...(subnet.gatewayIp === null
      ? []
      : [`default ${onlink(ipAddress(subnet.gatewayIp, `${what} gateway`))}`]),
    ...subnet.hostRoutes.map(({ destination, nexthop }) => {
      const target = cidr(destination, `${what} destination of a host route`);
      return `${target} ${onlink(ipAddress(nexthop, `${what} nexthop of a host route`))}`;
    }),
  ];
}

export function vipRules(address: string): string {
  return `from ${address}/${isIP(address) === 4 ? 32 : 128} ${TABLE} priority 100`;
}
