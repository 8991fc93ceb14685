import type { PoolReport } from '#core/heartbeat/message.ts';
import type { ListenerRow } from '../haproxy-stats.ts';

/** What the UDP and SCTP listeners say of themselves, in the words of a heartbeat. */
export interface LvsReport {
  readonly listeners: readonly ListenerRow[];
  readonly pools: readonly PoolReport[];
}

/**
 * Whoever balances UDP and SCTP: the kernel's IPVS, which keepalived sets up, or rules of nftables. Which one does
 * makes no difference on the wire. Whatever changes may be repeated, and rejects with
 * `ServiceFailure`.
 */
export interface LvsBalancing {
  readonly kind: 'ipvs' | 'nftables';
  /** Why a configuration cannot be served, for whoever sent it; null when it can. */
  refusalOf(listenerId: string, config: string): Promise<string | null>;
  /** Has it come back after a reboot; its configuration is on disk. */
  installListener(listenerId: string): Promise<void>;
  startListener(listenerId: string): Promise<void>;
  stopListener(listenerId: string): Promise<void>;
  restartListener(listenerId: string): Promise<void>;
  /** Takes everything away but its configuration. */
  removeListener(listenerId: string): Promise<void>;
  /** `dead`: it was started and does not run. */
  stateOf(listenerId: string): Promise<'running' | 'stopped' | 'dead'>;
  report(): Promise<LvsReport>;
}
