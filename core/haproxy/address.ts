import { isIP } from 'node:net';
import { refuse } from './escape.ts';

/** `address:port`. IPv6 stands bare: HAProxy takes what follows the last colon as the port, and agents parse it so. */
export function endpoint(address: string, port: number, what: string): string {
  return `${ipAddress(address, what)}:${portNumber(port, what)}`;
}

/** An address without a port: in brackets when it is IPv6, whose last group would be taken for one. */
export function bareAddress(address: string, what: string): string {
  return isIP(ipAddress(address, what)) === 6 ? `[${address}]` : address;
}

export function portNumber(port: number, what: string): number {
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  return refuse(what, `has port ${port}; it must be 1 to 65535`);
}

function ipAddress(address: string, what: string): string {
  if (isIP(address) === 0 || address.includes('%'))
    refuse(what, 'has an address that is neither IPv4 nor IPv6');
  return address;
}
