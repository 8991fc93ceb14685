interface OfLoadBalancer {
  readonly loadBalancerId: string;
}
/** Amphorae by themselves: what is done to one holds no load balancer. */
interface OfAmphora {
  readonly amphoraId: string;
}
interface OfPortChange {
  /** Only what the VIP's port obeys was changed. Absent: whatever a load balancer has. */
  readonly isPortOnly?: boolean;
}
interface OfListener extends OfLoadBalancer {
  readonly listenerId: string;
}
interface OfPool extends OfLoadBalancer {
  readonly poolId: string;
}
interface OfMember extends OfPool {
  readonly memberId: string;
}
interface OfHealthMonitor extends OfPool {
  readonly healthMonitorId: string;
}
interface OfL7Policy extends OfListener {
  readonly l7PolicyId: string;
}
interface OfL7Rule extends OfL7Policy {
  readonly l7RuleId: string;
}

/**
 * The flows that exist and what each needs to know. Ids only: a flow reads the objects when it runs, so that it never
 * acts on an old copy, and no secret lies in the queue.
 */
export interface FlowInputs {
  'load-balancer-create': OfLoadBalancer;
  'load-balancer-update': OfLoadBalancer & OfPortChange;
  'load-balancer-delete': OfLoadBalancer & { readonly isCascade: boolean };
  'load-balancer-failover': OfLoadBalancer;
  'listener-create': OfListener;
  'listener-update': OfListener;
  'listener-delete': OfListener;
  'pool-create': OfPool;
  'pool-update': OfPool;
  'pool-delete': OfPool;
  'member-create': OfMember;
  'member-update': OfMember;
  'member-delete': OfMember;
  'member-batch-update': OfPool;
  'health-monitor-create': OfHealthMonitor;
  'health-monitor-update': OfHealthMonitor;
  'health-monitor-delete': OfHealthMonitor;
  'l7-policy-create': OfL7Policy;
  'l7-policy-update': OfL7Policy;
  'l7-policy-delete': OfL7Policy;
  'l7-rule-create': OfL7Rule;
  'l7-rule-update': OfL7Rule;
  'l7-rule-delete': OfL7Rule;
  'amphora-failover': OfLoadBalancer & OfAmphora;
  'amphora-refresh': OfLoadBalancer & OfAmphora;
  'amphora-config-update': OfAmphora;
  'amphora-delete': OfAmphora;
  'amphora-certificate-rotate': OfAmphora;
}
export type FlowName = keyof FlowInputs;

/** What every flow is told beside its input, to be found in its log lines. */
export interface FlowOrigin {
  readonly requestId: string;
}
