import {
  type IpAddress,
  type IpNetwork,
  parseAddress,
  parseNetwork,
} from '#core/domain/ip-address.ts';
import { refuse } from '../http-message.ts';
import type { FixedIpGiven, HostRouteGiven, VipGiven } from '../render/interface.ts';

type Body = Readonly<Record<string, unknown>>;

export interface PortGiven {
  readonly macAddress: string;
  readonly mtu: number | null;
  readonly isSriov: boolean;
}

export interface VipPortGiven extends PortGiven {
  readonly vips: readonly [VipGiven, ...VipGiven[]];
  readonly vrrpIp: IpAddress | null;
}

const MAC_ADDRESS = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i;
const LIST_MAX = 1000;

/** Thrown for a body whose form is wrong; each caller has its own words for it. */
export class WrongForm extends Error {}

/**
 * The body of plug/vip.
 * @throws WrongForm for a missing or wrong field, Refusal for an address that is none
 */
export function readVipPort(body: Body, vipText: string): VipPortGiven {
  const port = readPort(body);
  const primary = vipForm({ ...body, ip_address: vipText });
  const additional = listOf(body['additional_vips']).map((each) => vipForm(required(each)));
  const vrrpIp = optionalText(body['vrrp_ip']);
  return {
    ...port,
    vips: [readVip(primary), ...additional.map(readVip)],
    vrrpIp: vrrpIp === null ? null : vrrpAddress(vrrpIp),
  };
}

/** @throws WrongForm */
export function readPort(body: Body): PortGiven {
  const macAddress = body['mac_address'];
  const mtu = body['mtu'] ?? null;
  if (typeof macAddress !== 'string' || !MAC_ADDRESS.test(macAddress)) throw new WrongForm();
  if (mtu !== null && !(Number.isInteger(mtu) && Number(mtu) >= 68 && Number(mtu) <= 65_535))
    throw new WrongForm();
  return {
    macAddress: macAddress.toLowerCase(),
    mtu: mtu === null ? null : Number(mtu),
    isSriov: body['is_sriov'] === true,
  };
}

/** @throws WrongForm; RangeError for an address or a subnet that is none */
export function readFixedIps(value: unknown): readonly FixedIpGiven[] {
  return listOf(value).map((entry) => {
    const each = objectOf(entry);
    const text = each['ip_address'];
    const subnetText = each['subnet_cidr'];
    if (typeof text !== 'string' || typeof subnetText !== 'string') throw new WrongForm();
    const subnet = parseNetwork(subnetText);
    if (parseAddress(text) === null || subnet === null || subnet.hasHostBits)
      throw new RangeError(`${text} in ${subnetText}`);
    const gateway = gatewayOf(each['gateway']);
    return { text, subnet, gateway, hostRoutes: readHostRoutes(each['host_routes']) };
  });
}

interface VipForm {
  readonly address: string;
  readonly subnet: string;
  readonly gateway: string | null;
  readonly hostRoutes: readonly HostRouteGiven[];
}

/** All fields are there and of their types; whether they are addresses is asked later, in Octavia's order. */
function vipForm(each: Body): VipForm {
  const [address, subnet] = [each['ip_address'], each['subnet_cidr']];
  if (typeof address !== 'string' || typeof subnet !== 'string' || !('gateway' in each))
    throw new WrongForm();
  const gateway = gatewayOf(each['gateway']);
  return { address, subnet, gateway, hostRoutes: readHostRoutes(each['host_routes']) };
}

function readVip(form: VipForm): VipGiven {
  const vip = parseAddress(form.address);
  if (vip === null) throw refuse(400, `Invalid VIP: ${notAnAddress(form.address)}`);
  return {
    vip,
    subnet: readSubnet(form.subnet),
    gateway: form.gateway,
    hostRoutes: form.hostRoutes,
  };
}

function readSubnet(text: string): IpNetwork {
  const subnet = parseNetwork(text);
  if (subnet === null)
    throw refuse(400, `Invalid VIP: '${text}' does not appear to be an IPv4 or IPv6 network`);
  if (subnet.hasHostBits) throw refuse(400, `Invalid VIP: ${text} has host bits set`);
  return subnet;
}

function vrrpAddress(text: string): IpAddress {
  const address = parseAddress(text);
  if (address === null) throw refuse(400, `Invalid VRRP Address: ${notAnAddress(text)}`);
  return address;
}

function notAnAddress(text: string): string {
  return `'${text}' does not appear to be an IPv4 or IPv6 address`;
}

function readHostRoutes(value: unknown): readonly HostRouteGiven[] {
  return listOf(value).map((entry) => {
    const { destination, nexthop } = objectOf(entry);
    if (typeof destination !== 'string' || parseNetwork(destination) === null)
      throw new WrongForm();
    if (typeof nexthop !== 'string' || parseAddress(nexthop) === null) throw new WrongForm();
    return { destination, nexthop };
  });
}

function gatewayOf(value: unknown): string | null {
  const text = optionalText(value);
  if (text !== null && parseAddress(text) === null) throw new WrongForm();
  return text;
}

function optionalText(value: unknown): string | null {
  if (value === undefined || value === null || value === '') return null;
  if (typeof value !== 'string') throw new WrongForm();
  return value;
}

function required(value: unknown): Body {
  const each = objectOf(value);
  if (!('host_routes' in each) || !('ip_address' in each)) throw new WrongForm();
  return each;
}

function listOf(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || value.length > LIST_MAX) throw new WrongForm();
  return value;
}

export function objectOf(value: unknown): Body {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new WrongForm();
  return value as Body;
}
