import type { AmphoraStatus, ProvisioningStatus } from '#core/domain/status.ts';
import { textOf } from '#core/heartbeat/uuid-words.ts';
import type { Expected } from '../scheduling/expected-amphorae.ts';

/** An amphora's row, its load balancer's status with it. */
export interface Row {
  readonly amphora: number;
  readonly id: string;
  readonly zone: string | null;
  status: AmphoraStatus;
  writtenAtMs: number;
  readonly loadBalancer: LoadBalancer;
  attempts: number;
  nextAttemptAtMs: number;
}

export interface LoadBalancer {
  readonly id: string;
  status: ProvisioningStatus;
  /** Whose transaction holds the row. */
  lockedBy: object | null;
}

export interface Flow {
  readonly id: string;
  readonly row: Row;
  readonly atMs: number;
  state: 'live' | 'succeeded' | 'failed';
  isNoted: boolean;
}

/** Amphora 7 → 00000007-…, so that what is logged can be found again. */
export function wordsOfAmphora(amphora: number): Uint32Array {
  return Uint32Array.of(amphora, 0, 0, amphora);
}

export function idOf(amphora: number): string {
  return textOf(wordsOfAmphora(amphora));
}

export function isExpected({ status, loadBalancer }: Row): boolean {
  const isLeaving = ['DELETED', 'PENDING_DELETE'].includes(loadBalancer.status);
  return (status === 'ALLOCATED' || status === 'FAILOVER_STOPPED') && !isLeaving;
}

export function toExpected({ id, zone, status }: Row): Expected {
  return { id, zone, isStopped: status === 'FAILOVER_STOPPED' };
}
