import type { Subnet } from '../ports/network.ts';

/** Options of `[keepalived_vrrp]`. */
export interface VrrpOptions {
  readonly advertIntervalSeconds: number;
  /** Where both amphorae are ours; 0: never. */
  readonly fastAdvertIntervalMs: number;
  readonly checkIntervalSeconds: number;
  readonly failCount: number;
  readonly successCount: number;
  readonly garpRefreshIntervalSeconds: number;
  readonly garpRefreshCount: number;
}

/** One VIP with what its routes are made of. */
export interface VrrpVip {
  readonly address: string;
  readonly subnet: Pick<Subnet, 'cidr' | 'gatewayIp' | 'hostRoutes'>;
}

/** What the file depends on besides the tree. */
export interface VrrpContext {
  readonly options: VrrpOptions;
  /** `[haproxy_amphora] base_path` of the agent. */
  readonly basePath: string;
  /** That holds the amphora's own address on the VIP network. */
  readonly interfaceName: string;
  /** The primary VIP first. */
  readonly vips: readonly [VrrpVip, ...VrrpVip[]];
  readonly authPassword: string;
  /** Whether both of the pair understand sub-second signs of life; both must be told the same. */
  readonly isFast: boolean;
}
