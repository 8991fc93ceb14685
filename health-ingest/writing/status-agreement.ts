import type { OperatingStatus } from '#core/domain/status.ts';
import type { Opinion } from './status-opinion.ts';

/** Of a member seen differently by two amphorae the leftmost holds. */
const MEMBER_WORST_FIRST: readonly OperatingStatus[] = [
  'ERROR',
  'OFFLINE',
  'DRAINING',
  'NO_MONITOR',
  'ONLINE',
];

/**
 * Makes one opinion of those of all amphorae that carry a load balancer. In Octavia whoever reported last is right, so that
 * two amphorae which see a member differently make its status flap every few seconds.
 *
 * Nobody's word outranks the other's: a role on record is a priority, not who holds the VIP just now. So what they
 * disagree on is told as it is: a member that one of them cannot reach is in the worse state, since after a failover of the
 * VIP it will be; a listener, pool or load balancer that works on one and not on the other is DEGRADED. While the load
 * balancer is being changed its amphorae are changed one after the other, and what they disagree on stays as it was;
 * they are asked again when it is done.
 *
 * The last word of an amphora that died counts until it is found dead: a heartbeat timeout.
 * @param all each amphora's opinions; the first one's order is kept
 */
export function agreed(
  all: readonly (readonly Opinion[])[],
  isBeingChanged: boolean,
): readonly Opinion[] {
  const [first] = all;
  if (all.length <= 1) return first ?? [];
  const byObject = new Map<string, Opinion[]>();
  for (const opinion of all.flat()) {
    const known = byObject.get(opinion.id);
    if (known) known.push(opinion);
    else byObject.set(opinion.id, [opinion]);
  }
  const merged = [...byObject.values()].flatMap((opinions) => mergedOf(opinions, isBeingChanged));
  return lowered(merged);
}

function mergedOf(opinions: readonly Opinion[], isBeingChanged: boolean): readonly Opinion[] {
  const [first] = opinions;
  if (first === undefined) return [];
  const said = new Set(opinions.flatMap(({ to }) => (to === null ? [] : [to])));
  if (said.size <= 1) return [{ ...first, to: [...said][0] ?? null }];
  if (isBeingChanged) return [{ ...first, to: null }];
  return [{ ...first, to: first.kind === 'member' ? worstOf(said) : partlyOf(said) }];
}

function worstOf(said: ReadonlySet<OperatingStatus>): OperatingStatus | null {
  return MEMBER_WORST_FIRST.find((status) => said.has(status)) ?? null;
}

/** Of two that both do not work, one is not even configured: the other knows more. */
function partlyOf(said: ReadonlySet<OperatingStatus>): OperatingStatus {
  return said.has('ONLINE') || said.has('DEGRADED') ? 'DEGRADED' : 'ERROR';
}

/** What works in part lowers the load balancer, as in a single report. It is the last to be written. */
function lowered(merged: readonly Opinion[]): readonly Opinion[] {
  const isPartial = merged.some(({ to }) => to === 'DEGRADED');
  return [
    ...merged.filter(({ kind }) => kind !== 'load-balancer'),
    ...merged
      .filter(({ kind }) => kind === 'load-balancer')
      .map((own) => (isPartial && own.to === 'ONLINE' ? { ...own, to: 'DEGRADED' as const } : own)),
  ];
}
