import type { Totals } from '../haproxy-stats.ts';
import type { LvsListener, LvsService } from './lvs-listener.ts';
import type { RunningListener } from './lvs-report.ts';
import type { CheckState, MemberChecks } from './member-checks.ts';
import type { MarkedMember } from './member-mark.ts';
import type { ServedService } from './nft-words.ts';

/** A listener that nftables balances, with what is known of its members. */
export interface ServedListener {
  readonly listener: LvsListener;
  readonly parts: readonly ServedPart[];
  /** The rules in force; '' before there are any. */
  rules: string;
  /** Marks that connections may have by these rules, each with the service it is of. */
  sent: ReadonlyMap<number, LvsService>;
}

/** What is served of one IP version. */
export interface ServedPart {
  readonly service: LvsService;
  readonly members: readonly MarkedMember[];
  readonly checks: MemberChecks;
}

export function livingMembers({ members, checks }: ServedPart): readonly MarkedMember[] {
  return members.filter(({ id }) => !checks.down.has(id));
}

export function withActive(part: ServedPart, active: ReadonlyMap<number, number>): ServedService {
  return {
    service: part.service,
    members: livingMembers(part),
    activeOf: (mark) => active.get(mark) ?? 0,
  };
}

/** What `sent` becomes with the rules for who lives now. */
export function sentMarks({ parts }: ServedListener): ReadonlyMap<number, LvsService> {
  return new Map(
    parts.flatMap((part) => livingMembers(part).map(({ mark }) => [mark, part.service] as const)),
  );
}

export function downMembers({ parts }: ServedListener): readonly string[] {
  return parts.flatMap(({ checks }) => [...checks.down]);
}

/** What is known of the members of a service from before it was changed; null when nothing is. */
export function checkStateOf(
  previous: ServedListener | null,
  { version }: LvsService,
): CheckState | null {
  return previous?.parts.find(({ service }) => service.version === version)?.checks.state ?? null;
}

/** Whether its rules depend on how many connections its members have. */
export function isByConnections({ parts }: ServedListener): boolean {
  return parts.some(
    ({ service, members }) => service.scheduler === 'least-connections' && members.length > 1,
  );
}

/** How it is reported; `totals` and `active` are what its rules and connections say. */
export function asRunning(
  { listener, parts, sent }: ServedListener,
  totals: Totals | undefined,
  active: ReadonlyMap<number, number>,
): RunningListener {
  const members = parts.flatMap((part) => part.members);
  return {
    listener,
    totals: totals ?? { bin: 0, bout: 0, ereq: 0, stot: 0 },
    activeConnections: members.reduce((sum, { mark }) => sum + (active.get(mark) ?? 0), 0),
    // By the rules in force, not by what the checks just found.
    isAlive: ({ id }) => members.some((member) => member.id === id && sent.has(member.mark)),
    wordForDead: 'DOWN',
  };
}
