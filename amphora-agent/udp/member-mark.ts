import { createHash } from 'node:crypto';
import type { LvsMember } from './lvs-listener.ts';

/** A member as rules and connections know it. */
export interface MarkedMember extends LvsMember {
  /** 1 to 2^31 - 1. Another address or port is another mark: connections to the old one are not the member's. */
  readonly mark: number;
}

const MARK_MAX = 0x7fffffff;

/** The same after every restart, without anything to remember: connections in the kernel carry them. */
export function markedMembers(
  listenerId: string,
  members: readonly LvsMember[],
): readonly MarkedMember[] {
  const taken = new Set<number>();
  return members.map((member) => {
    const text = [listenerId, member.id, member.address, member.port].join(' ');
    let mark = createHash('sha256').update(text).digest().readUInt32BE() & MARK_MAX;
    while (mark === 0 || taken.has(mark)) mark = (mark + 1) & MARK_MAX;
    taken.add(mark);
    return { ...member, mark };
  });
}
