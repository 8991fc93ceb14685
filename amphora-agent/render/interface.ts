import {
  exploded,
  hostPrefixLength,
  type IpAddress,
  type IpNetwork,
} from '#core/domain/ip-address.ts';
import { Topology } from '../config.ts';
import type {
  InterfaceAddress,
  InterfaceFile,
  InterfaceRoute,
  InterfaceScript,
} from './interface-file.ts';

export interface HostRouteGiven {
  readonly destination: string;
  readonly nexthop: string;
}

export interface VipGiven {
  readonly vip: IpAddress;
  readonly subnet: IpNetwork;
  readonly gateway: string | null;
  readonly hostRoutes: readonly HostRouteGiven[];
}

export interface FixedIpGiven {
  readonly text: string;
  readonly subnet: IpNetwork;
  readonly gateway: string | null;
  readonly hostRoutes: readonly HostRouteGiven[];
}

export interface VipInterfaceGiven {
  readonly name: string;
  readonly topology: Topology;
  /** The primary VIP first. */
  readonly vips: readonly [VipGiven, ...VipGiven[]];
  readonly vrrpIp: IpAddress | null;
  readonly fixedIps: readonly FixedIpGiven[];
  readonly mtu: number | null;
  readonly isSriov: boolean;
}

export interface BackendInterfaceGiven {
  readonly name: string;
  readonly fixedIps: readonly FixedIpGiven[];
  readonly mtu: number | null;
  readonly isSriov: boolean;
}

/** Table of all that leaves with a VIP as its source. */
const VIP_TABLE = 1;
const ONLINK = ['onlink'] as const;

/** The interface that carries the VIPs. SINGLE: all is static; otherwise keepalived adds what follows the master. */
export function renderVipInterface(given: VipInterfaceGiven): InterfaceFile {
  const isSingle = given.topology === Topology.Single;
  const families = [
    ...given.vips.map((each) => each.vip.family),
    ...given.fixedIps.map((each) => each.subnet.family),
  ];
  return {
    name: given.name,
    if_type: 'vip',
    addresses: [
      ...ownAddresses(given),
      ...given.vips.map(({ vip }) => ({
        address: exploded(vip),
        prefixlen: hostPrefixLength(vip),
        octavia_owned: isSingle,
      })),
      ...given.fixedIps.map(fixedAddress),
    ],
    routes: [
      ...given.vips.flatMap((each) => vipRoutes(each, isSingle)),
      ...given.fixedIps.flatMap((each) => fixedIpRoutes(each, isSingle)),
    ],
    rules: isSingle
      ? given.vips.map(({ vip }) => ({
          src: exploded(vip),
          src_len: hostPrefixLength(vip),
          table: VIP_TABLE,
        }))
      : [],
    ...ending(given, families),
  };
}

/** An interface to members: no default route, so that replies never leave by a member's network. */
export function renderBackendInterface(given: BackendInterfaceGiven): InterfaceFile {
  const { fixedIps } = given;
  return {
    name: given.name,
    if_type: 'backend',
    addresses: fixedIps.length > 0 ? fixedIps.map(fixedAddress) : [{ dhcp: true, ipv6auto: true }],
    routes: fixedIps.flatMap((each) => each.hostRoutes.map((route) => hostRoute(route))),
    rules: [],
    ...ending(given, fixedIps.length > 0 ? fixedIps.map((each) => each.subnet.family) : [4, 6]),
  };
}

function ownAddresses({ vrrpIp, vips }: VipInterfaceGiven): readonly InterfaceAddress[] {
  if (vrrpIp !== null)
    return [{ address: exploded(vrrpIp), prefixlen: vips[0].subnet.prefixLength }];
  const families = new Set(vips.map(({ vip }) => vip.family));
  return [...families].map((family) => (family === 4 ? { dhcp: true } : { ipv6auto: true }));
}

function fixedAddress({ text, subnet }: FixedIpGiven): InterfaceAddress {
  return { address: text, prefixlen: subnet.prefixLength };
}

function vipRoutes(each: VipGiven, isSingle: boolean): readonly InterfaceRoute[] {
  const subnet = `${exploded(each.subnet)}/${each.subnet.prefixLength}`;
  const inVipTable = { table: VIP_TABLE };
  const defaults = defaultRoutes(each.gateway, each.vip.family, isSingle);
  const fromVip = {
    dst: subnet,
    prefsrc: exploded(each.vip),
    scope: 'link',
    ...inVipTable,
  } as const;
  return [
    ...defaults,
    { dst: subnet, scope: 'link' },
    ...(isSingle ? [fromVip] : []),
    ...each.hostRoutes.flatMap((route) => [
      hostRoute(route),
      { ...hostRoute(route), ...inVipTable },
    ]),
  ];
}

function fixedIpRoutes(each: FixedIpGiven, isSingle: boolean): readonly InterfaceRoute[] {
  return [
    ...defaultRoutes(each.gateway, each.subnet.family, isSingle),
    ...each.hostRoutes.map((route) => hostRoute(route)),
  ];
}

function defaultRoutes(
  gateway: string | null,
  family: 4 | 6,
  isSingle: boolean,
): readonly InterfaceRoute[] {
  if (gateway === null) return [];
  const route = { dst: family === 4 ? '0.0.0.0/0' : '::/0', gateway, flags: ONLINK };
  return isSingle ? [route, { ...route, table: VIP_TABLE }] : [route];
}

function hostRoute({ destination, nexthop }: HostRouteGiven): InterfaceRoute {
  return { dst: destination, gateway: nexthop, flags: ONLINK };
}

function ending(
  given: BackendInterfaceGiven | VipInterfaceGiven,
  families: readonly (4 | 6)[],
): Pick<InterfaceFile, 'scripts' | 'is_sriov' | 'mtu'> {
  const present = [...new Set(families)].sort((a, b) => a - b);
  const suffix = given.isSriov ? ' sriov' : '';
  const scripts = (verb: string): readonly InterfaceScript[] =>
    present.map((family) => ({
      command: `/usr/local/bin/lvs-masquerade.sh ${verb} ipv${family} ${given.name}${suffix}`,
    }));
  return {
    scripts: { up: scripts('add'), down: scripts('delete') },
    is_sriov: given.isSriov,
    ...(given.mtu === null ? {} : { mtu: given.mtu }),
  };
}
