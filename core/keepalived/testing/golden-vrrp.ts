import { readdirSync, readFileSync } from 'node:fs';
import type { Amphora } from '../../domain/amphora.ts';
import type { LoadBalancerTree } from '../../domain/load-balancer-tree.ts';
import type { VrrpContext, VrrpOptions, VrrpVip } from '../vrrp-context.ts';

export const DEFAULT_VRRP_OPTIONS: VrrpOptions = {
  advertIntervalSeconds: 1,
  fastAdvertIntervalMs: 200,
  checkIntervalSeconds: 5,
  failCount: 2,
  successCount: 2,
  garpRefreshIntervalSeconds: 5,
  garpRefreshCount: 2,
};

/** A recorded case: what the original was given and what it wrote. */
export interface GoldenVrrp {
  readonly description: string;
  readonly amphora: Amphora;
  readonly tree: LoadBalancerTree;
  readonly context: VrrpContext;
  readonly config: string;
}

type Raw = Readonly<Record<string, unknown>>;

interface GoldenFile {
  readonly description: string;
  readonly context: {
    readonly host_amphora_id: string;
    readonly config: Readonly<Record<string, number | string>>;
  };
  readonly loadbalancer: Raw;
  readonly vrrp_group: { readonly vrrp_auth_pass: string; readonly advert_int: number };
  readonly amphorae: readonly Raw[];
  readonly network: {
    readonly vip_subnet: RawSubnet;
    readonly additional_vip_data: readonly {
      readonly ip_address: string;
      readonly subnet: RawSubnet;
    }[];
  };
}

interface RawSubnet {
  readonly cidr: string;
  readonly gateway_ip: string | null;
  readonly host_routes: readonly { readonly destination: string; readonly nexthop: string }[];
}

const DIRECTORY = new URL('../testdata/', import.meta.url);

export function goldenVrrpNames(): readonly string[] {
  const files = readdirSync(DIRECTORY).filter((file) => /^vrrp-.*\.json$/.test(file));
  return files.map((file) => file.replace('.json', '')).toSorted();
}

export function readGoldenVrrp(name: string): GoldenVrrp {
  const file = JSON.parse(readFileSync(new URL(`${name}.json`, DIRECTORY), 'utf8')) as GoldenFile;
  const amphorae = file.amphorae.map(amphoraOf);
  const amphora = amphorae.find(({ id }) => id === file.context.host_amphora_id);
  if (amphora === undefined) throw new Error(`${name} does not hold its own amphora`);
  return {
    description: file.description,
    amphora,
    tree: {
      id: file.loadbalancer['id'],
      topology: 'ACTIVE_STANDBY',
      amphorae,
    } as unknown as LoadBalancerTree,
    context: contextOf(file, amphora),
    config: readFileSync(new URL(`${name}.conf`, DIRECTORY), 'utf8'),
  };
}

function contextOf(file: GoldenFile, amphora: Amphora): VrrpContext {
  const { config } = file.context;
  const number = (option: string, fallback: number): number =>
    Number(config[`keepalived_vrrp.${option}`] ?? fallback);
  const { vip_subnet: subnet, additional_vip_data: additional } = file.network;
  const sorted = additional.toSorted((a, b) => (a.ip_address < b.ip_address ? -1 : 1));
  const primary = String(file.loadbalancer['vip_address']);
  return {
    options: {
      ...DEFAULT_VRRP_OPTIONS,
      advertIntervalSeconds: file.vrrp_group.advert_int,
      checkIntervalSeconds: number('vrrp_check_interval', 5),
      failCount: number('vrrp_fail_count', 2),
      successCount: number('vrrp_success_count', 2),
      garpRefreshIntervalSeconds: number('vrrp_garp_refresh_interval', 5),
      garpRefreshCount: number('vrrp_garp_refresh_count', 2),
    },
    basePath: String(config['haproxy_amphora.base_path'] ?? '/var/lib/octavia'),
    interfaceName: amphora.vrrpInterface ?? '',
    vips: [vipOf(primary, subnet), ...sorted.map((vip) => vipOf(vip.ip_address, vip.subnet))],
    authPassword: file.vrrp_group.vrrp_auth_pass,
    isFast: false,
  };
}

function vipOf(address: string, subnet: RawSubnet): VrrpVip {
  const { cidr, gateway_ip: gatewayIp, host_routes: hostRoutes } = subnet;
  return { address, subnet: { cidr, gatewayIp, hostRoutes } };
}

function amphoraOf(raw: Raw): Amphora {
  return {
    id: raw['id'],
    status: raw['status'],
    role: raw['role'],
    vrrpIp: raw['vrrp_ip'],
    vrrpInterface: raw['vrrp_interface'],
    vrrpId: raw['vrrp_id'],
    vrrpPriority: raw['vrrp_priority'],
  } as Amphora;
}
