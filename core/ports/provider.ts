import type { ProviderMetadata } from '../domain/flavor.ts';
import type { HealthMonitor } from '../domain/health-monitor.ts';
import type { L7Policy } from '../domain/l7-policy.ts';
import type { L7Rule } from '../domain/l7-rule.ts';
import type { Listener } from '../domain/listener.ts';
import type { LoadBalancer } from '../domain/load-balancer.ts';
import type { LoadBalancerTree } from '../domain/load-balancer-tree.ts';
import type { Member } from '../domain/member.ts';
import type { Pool } from '../domain/pool.ts';
import type { AdditionalVip, Vip } from '../domain/vip.ts';
import type { Transaction } from './transaction.ts';

/**
 * The call happens inside the API's transaction, after the status change and before the commit: whatever the driver
 * throws rolls everything back, so a driver must neither wait for the commit nor do slow work.
 */
export interface ProviderCall {
  readonly tx: Transaction;
  readonly requestId: string;
}

/** A load balancer that shall be, and what its flavor and its availability zone stand for; null without one. */
export interface LoadBalancerOrder extends LoadBalancerTree {
  readonly flavorMetadata: ProviderMetadata | null;
  readonly availabilityZoneMetadata: ProviderMetadata | null;
}

/**
 * What the API asks of a provider. A method that is absent answers 501 to the user. Drivers refuse with an
 * `OctaviaError` of code `provider-unsupported-option`; anything else thrown answers 500.
 * Objects come as they will be stored; `changes` holds only what the request contained.
 */
export interface ProviderDriver {
  readonly name: string;
  /** Absent: the API allocates the VIP port itself. Called before the transaction, since it may be slow. */
  createVipPort?(
    loadBalancerId: string,
    projectId: string,
    vip: Vip,
    additional: readonly AdditionalVip[],
  ): Promise<{
    readonly vip: Vip;
    readonly additionalVips: readonly AdditionalVip[];
  }>;
  /** Undoes `createVipPort` when nothing comes of the request; maybe twice, maybe for a port that was never made. */
  deleteVipPort?(loadBalancerId: string, vip: Vip): Promise<void>;

  /** What flavors may say to this provider: name → description. */
  getSupportedFlavorMetadata?(): Promise<Readonly<Record<string, string>>>;
  getSupportedAvailabilityZoneMetadata?(): Promise<Readonly<Record<string, string>>>;
  /** Refuses what it does not understand. Asked before a profile is stored, and for each load balancer again. */
  validateFlavor?(metadata: ProviderMetadata): Promise<void>;
  validateAvailabilityZone?(metadata: ProviderMetadata): Promise<void>;

  loadBalancerCreate?(order: LoadBalancerOrder, call: ProviderCall): Promise<void>;
  loadBalancerUpdate?(
    old: LoadBalancer,
    changes: Partial<LoadBalancer>,
    call: ProviderCall,
  ): Promise<void>;
  loadBalancerDelete?(
    loadBalancer: LoadBalancer,
    isCascade: boolean,
    call: ProviderCall,
  ): Promise<void>;
  loadBalancerFailover?(loadBalancer: LoadBalancer, call: ProviderCall): Promise<void>;

  listenerCreate?(listener: Listener, call: ProviderCall): Promise<void>;
  listenerUpdate?(old: Listener, changes: Partial<Listener>, call: ProviderCall): Promise<void>;
  listenerDelete?(listener: Listener, call: ProviderCall): Promise<void>;

  poolCreate?(pool: Pool, call: ProviderCall): Promise<void>;
  poolUpdate?(old: Pool, changes: Partial<Pool>, call: ProviderCall): Promise<void>;
  poolDelete?(pool: Pool, call: ProviderCall): Promise<void>;

  memberCreate?(member: Member, pool: Pool, call: ProviderCall): Promise<void>;
  memberUpdate?(
    old: Member,
    changes: Partial<Member>,
    pool: Pool,
    call: ProviderCall,
  ): Promise<void>;
  memberDelete?(member: Member, pool: Pool, call: ProviderCall): Promise<void>;
  /** `members`: all that shall exist; those not listed are to go. */
  memberBatchUpdate?(pool: Pool, members: readonly Member[], call: ProviderCall): Promise<void>;

  healthMonitorCreate?(healthMonitor: HealthMonitor, pool: Pool, call: ProviderCall): Promise<void>;
  healthMonitorUpdate?(
    old: HealthMonitor,
    changes: Partial<HealthMonitor>,
    pool: Pool,
    call: ProviderCall,
  ): Promise<void>;
  healthMonitorDelete?(healthMonitor: HealthMonitor, pool: Pool, call: ProviderCall): Promise<void>;

  l7PolicyCreate?(policy: L7Policy, listener: Listener, call: ProviderCall): Promise<void>;
  l7PolicyUpdate?(
    old: L7Policy,
    changes: Partial<L7Policy>,
    listener: Listener,
    call: ProviderCall,
  ): Promise<void>;
  l7PolicyDelete?(policy: L7Policy, listener: Listener, call: ProviderCall): Promise<void>;

  l7RuleCreate?(
    rule: L7Rule,
    policy: L7Policy,
    listener: Listener,
    call: ProviderCall,
  ): Promise<void>;
  l7RuleUpdate?(
    old: L7Rule,
    changes: Partial<L7Rule>,
    policy: L7Policy,
    listener: Listener,
    call: ProviderCall,
  ): Promise<void>;
  l7RuleDelete?(
    rule: L7Rule,
    policy: L7Policy,
    listener: Listener,
    call: ProviderCall,
  ): Promise<void>;
}
