import type { PoolReport } from '#core/heartbeat/message.ts';
import type { Totals } from '../haproxy-stats.ts';
import type { LvsReport } from './balancing.ts';
import type { LvsListener, LvsMember, LvsService } from './lvs-listener.ts';

/** A listener that runs, and what whoever balances it knows. */
export interface RunningListener {
  readonly listener: LvsListener;
  readonly totals: Totals;
  readonly activeConnections: number;
  /** Whether the member gets traffic, or would if it had a weight. */
  readonly isAlive: (member: LvsMember) => boolean;
  /** For those that are not: `RESTARTING` when nobody has looked yet. */
  readonly wordForDead: 'DOWN' | 'RESTARTING';
}

/** What serves, in the words that the original has for it. */
export function lvsReport(running: readonly RunningListener[]): LvsReport {
  const enabled = running.filter(({ listener }) => listener.isEnabled);
  return {
    listeners: enabled.map(({ listener: { id }, activeConnections, totals }) => ({
      id,
      status: 'OPEN',
      activeConnections,
      totals,
    })),
    pools: enabled.flatMap(poolReports),
  };
}

/** A pool with members of both IP versions is one, and up as long as one of them is. */
function poolReports(running: RunningListener): readonly PoolReport[] {
  const { services } = running.listener;
  const ids = new Set(services.map(({ poolId }) => poolId).filter((id) => id !== null));
  return [...ids].map((poolId) => {
    const own = services.filter((service) => service.poolId === poolId);
    const members = own.flatMap((service) => service.members);
    const isChecked = members.some(({ check }) => check !== null);
    const isDown = isChecked && !members.some((member) => running.isAlive(member));
    return {
      poolId,
      listenerId: null,
      status: isDown ? 'DOWN' : 'UP',
      members: new Map(own.flatMap((service) => memberStatuses(service, running))),
    };
  });
}

function memberStatuses(
  { members, disabledMemberIds }: LvsService,
  { isAlive, wordForDead }: RunningListener,
): readonly (readonly [string, string])[] {
  const present = members.map((member) => {
    const { id, weight, check } = member;
    if (!isAlive(member)) return [id, wordForDead] as const;
    if (weight === 0) return [id, 'DRAIN'] as const;
    return [id, check === null ? 'no check' : 'UP'] as const;
  });
  return [...present, ...disabledMemberIds.map((id) => [id, 'MAINT'] as const)];
}
