import { type IpAddress, parseAddress } from '#core/domain/ip-address.ts';
import type { Totals } from '../haproxy-stats.ts';
import type { Endpoint } from './lvs-listener.ts';

/** What the kernel's IPVS balances: a row of `/proc/net/ip_vs`, with the rows of its real servers. */
export interface IpVsService {
  readonly key: string;
  /** Keys of the real servers. */
  readonly servers: ReadonlySet<string>;
  readonly activeConnections: number;
}

/** The same address and port in any spelling. */
export function keyOf({ address, port }: Endpoint): string {
  return keyOfParts(parseAddress(address), port);
}

/** `/proc/net/ip_vs`: addresses of IPv4 are eight hex digits, those of IPv6 stand in brackets; ports are hex. */
export function parseIpVs(text: string): readonly IpVsService[] {
  const services: { key: string; servers: Set<string>; activeConnections: number }[] = [];
  let current: (typeof services)[number] | null = null;
  for (const line of text.split('\n')) {
    const [first = '', endpoint = '', ...rest] = line.trim().split(/\s+/);
    if (/^[A-Z]+$/.test(first)) current = null;
    if (first === 'UDP' || first === 'SCTP') {
      current = { key: hexKey(endpoint), servers: new Set(), activeConnections: 0 };
      services.push(current);
    }
    if (first !== '->' || current === null || !/:[0-9A-F]{4}$/i.test(endpoint)) continue;
    current.servers.add(hexKey(endpoint));
    current.activeConnections += Number(rest[2] ?? 0);
  }
  return services;
}

/** `ipvsadm -Ln --stats --exact`: what each virtual server counted, by its key. */
export function parseIpVsStats(text: string): ReadonlyMap<string, Totals> {
  const totals = new Map<string, Totals>();
  for (const line of text.split('\n')) {
    const [protocol = '', endpoint = '', connections, , , bytesIn, bytesOut] = line
      .trim()
      .split(/\s+/);
    if (protocol !== 'UDP' && protocol !== 'SCTP') continue;
    const [, address = '', port] = /^\[?([^\]]+?)\]?:(\d+)$/.exec(endpoint) ?? [];
    const counted = { bin: Number(bytesIn), bout: Number(bytesOut), stot: Number(connections) };
    totals.set(keyOf({ address, port: Number(port) }), { ...counted, ereq: 0 });
  }
  return totals;
}

function hexKey(endpoint: string): string {
  const [, address = '', port = ''] =
    /^\[?([0-9A-Fa-f:]+?)\]?:([0-9A-Fa-f]{4})$/.exec(endpoint) ?? [];
  const four = { family: 4 as const, value: BigInt(`0x${address || 0}`.replaceAll(':', '')) };
  const parsed = /^[0-9A-Fa-f]{8}$/.test(address) ? four : parseAddress(address);
  return keyOfParts(parsed, Number.parseInt(port, 16));
}

function keyOfParts(address: IpAddress | null, port: number): string {
  return `${address?.family}-${address?.value}-${port}`;
}
