/** The address tenants connect to. Ids are the network service's. */
export interface Vip {
  readonly address: string | null;
  readonly subnetId: string | null;
  readonly networkId: string | null;
  readonly portId: string | null;
  readonly qosPolicyId: string | null;
  readonly securityGroupIds: readonly string[];
  readonly vnicType: 'normal' | 'direct';
  /** True when we made the port, and so must delete it. */
  readonly isOctaviaOwned: boolean;
}

/** A further address of the same load balancer, on the same network and port as its VIP. */
export interface AdditionalVip {
  readonly subnetId: string;
  readonly ipAddress: string | null;
  readonly portId: string | null;
  readonly networkId: string | null;
}
