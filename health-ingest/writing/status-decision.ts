import { isPending, type OperatingStatus } from '#core/domain/status.ts';
import type { StatusReport } from '../exchange/status-report.ts';
import { agreed } from './status-agreement.ts';
import {
  type KnownListener,
  type KnownLoadBalancer,
  type Opinion,
  opinionsOf,
} from './status-opinion.ts';

export interface StatusChange {
  readonly kind: Opinion['kind'];
  readonly id: string;
  readonly from: string;
  readonly to: OperatingStatus;
}
export type StatusDecision =
  /** Older than a report should be when it is applied; a newer one is on its way. */
  | { readonly kind: 'late' }
  | {
      readonly kind: 'decided';
      /** False: the amphora does not carry the listeners it should; when that lasts it is replaced. */
      readonly isListenerCountRight: boolean;
      /** In the order to write them. */
      readonly changes: readonly StatusChange[];
      /** Words of HAProxy's that mean nothing to us. */
      readonly unknownWords: readonly string[];
    };

/**
 * Holds one report against what is stored and says what must change. Pure.
 * @param ageMs since the report came in
 * @param ageMsMax at which a report is too old to be applied
 * @param others the last reports of the other amphorae that carry the same load balancer
 * @see octavia/amphorae/drivers/health/heartbeat_udp.py
 */
export function decideStatus(
  report: StatusReport,
  known: KnownLoadBalancer,
  ageMs: number,
  ageMsMax: number,
  others: readonly StatusReport[] = [],
): StatusDecision {
  const isListenerCountRight = hasExpectedListeners(report, known);
  // With the wrong listeners even an old report tells that something is amiss.
  if (isListenerCountRight && ageMs >= ageMsMax) return { kind: 'late' };
  const own = opinionsOf(report, known);
  const theirs = others.map((other) => opinionsOf(other, known).opinions);
  const opinions = agreed([own.opinions, ...theirs], isPending(known.provisioningStatus));
  return {
    kind: 'decided',
    isListenerCountRight,
    changes: opinions.flatMap(({ kind, id, from, to }) =>
      to === null || from.toUpperCase() === to ? [] : [{ kind, id, from, to }],
    ),
    unknownWords: own.unknownWords,
  };
}

function hasExpectedListeners(report: StatusReport, known: KnownLoadBalancer): boolean {
  if (isPending(known.provisioningStatus) || !known.isEnabled) return true;
  const expected = [...known.listeners.values()].filter(
    (listener) => listener.isEnabled && !isSilentUdp(report, listener),
  );
  return expected.length === report.listeners.size;
}

/** The oldest amphorae say nothing of a UDP listener that has nobody to send to. */
function isSilentUdp(report: StatusReport, listener: KnownListener): boolean {
  return report.version === 0 && listener.protocol === 'UDP' && !listener.hasMember;
}
