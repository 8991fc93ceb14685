import type { Amphora } from '../domain/amphora.ts';
import type { LoadBalancerTree } from '../domain/load-balancer-tree.ts';
import type { FixedIp, HostRoute, Subnet } from './network.ts';

export interface AmphoraInfo {
  readonly hostname: string;
  readonly apiVersion: string;
  /** The distribution's package version, e.g. `2.6.12-1+deb12u4`. */
  readonly haproxyVersion: string;
}

/** All that the amphora must know to bring the VIP up on a port that was just attached. */
export interface VipPlug {
  readonly vipAddress: string;
  readonly subnet: Subnet;
  readonly macAddress: string;
  /** The amphora's own address on the VIP network. */
  readonly vrrpIp: string;
  readonly mtu: number | null;
  readonly additionalVips: readonly { readonly ipAddress: string; readonly subnet: Subnet }[];
}

export interface NetworkPlug {
  readonly macAddress: string;
  readonly fixedIps: readonly (FixedIp & {
    readonly subnetCidr: string;
    readonly gatewayIp: string | null;
    readonly hostRoutes: readonly HostRoute[];
  })[];
  readonly mtu: number | null;
  /** Present when the port is the one that carries the VIP. */
  readonly vip: VipPlug | null;
}

/** How patient a call is with an amphora that does not answer. */
export interface ConnectPatience {
  readonly attemptsMax: number;
  readonly intervalMs: number;
}

/** A listener that an amphora cannot serve as it is stored. No other try mends that. */
export interface RefusedListener {
  readonly listenerId: string;
  /** The policy whose values are at fault; null: the listener's own, its pools', or not known. */
  readonly l7PolicyId: string | null;
  /** Names the object, its id, and what would be right. */
  readonly reason: string;
}

/**
 * Speaks to the agent in one amphora. Failures are `DriverFailure`: retryable while the agent does not answer,
 * permanent when it refuses (its words are in the message). Every call may be repeated. Where a patience may be given
 * and is not, it is the driver's own, for amphorae that should be up.
 */
export interface AmphoraDriver {
  /** Waits until the agent answers, within the patience. */
  getInfo(amphora: Amphora, patience: ConnectPatience): Promise<AmphoraInfo>;
  plugVip(amphora: Amphora, plug: VipPlug): Promise<void>;
  plugNetwork(amphora: Amphora, plug: NetworkPlug, patience?: ConnectPatience): Promise<void>;
  /**
   * Makes the amphora serve exactly the tree: certificates, configuration, reload. Objects in PENDING_DELETE are left
   * out; with no listener left, the load balancer's configuration is removed.
   * @returns the listeners that the amphora does not serve as stored, since they cannot be written or are refused; it
   * serves all others
   */
  applyLoadBalancer(
    amphora: Amphora,
    tree: LoadBalancerTree,
    patience?: ConnectPatience,
  ): Promise<readonly RefusedListener[]>;
  /**
   * Makes the amphora's keepalived serve the tree's VIPs as one of the pair: writes its configuration, starts or
   * reloads it. The VIP must be plugged. Of a tree that is not ACTIVE_STANDBY nothing is done.
   */
  applyVrrp(amphora: Amphora, tree: LoadBalancerTree, patience?: ConnectPatience): Promise<void>;
  /** The interface of the amphora that has the address now; null when none has. */
  findInterface(
    amphora: Amphora,
    address: string,
    patience: ConnectPatience,
  ): Promise<string | null>;
  uploadCertificate(amphora: Amphora, pem: string): Promise<void>;
  /** An agent too old to take one keeps what it has, and the log says so. */
  uploadAgentConfig(amphora: Amphora, config: string): Promise<void>;
}
