import { hash } from 'node:crypto';

/** Of which object of an amphora's load balancer an id is. */
export const IdKind = { Amphora: '1', LoadBalancer: '2', Listener: '3', Pool: '4' } as const;
const MEMBER_KINDS = ['5', '6', '7'] as const;

/** What one amphora of the fleet carries: one listener, one pool, three members. */
export interface FleetIds {
  readonly amphoraId: string;
  readonly listenerId: string;
  readonly poolId: string;
  readonly memberIds: readonly string[];
}

/**
 * The ids of one amphora, the same in the sender and in the database. Spread as random ids are; the digit that is always
 * 4 in a random UUID tells the kinds apart.
 */
export function idsOf(amphora: number): FleetIds {
  const digest = hash('md5', String(amphora), 'hex');
  const head = `${digest.slice(0, 8)}-${digest.slice(8, 12)}-`;
  const tail = `${digest.slice(13, 16)}-${digest.slice(16, 20)}-${digest.slice(20)}`;
  return {
    amphoraId: head + IdKind.Amphora + tail,
    listenerId: head + IdKind.Listener + tail,
    poolId: head + IdKind.Pool + tail,
    memberIds: MEMBER_KINDS.map((kind) => head + kind + tail),
  };
}

/** The same ids in SQL, of the amphora whose number is the column `n`. */
export function idInSql(kind: string): string {
  return `overlay(md5(n::text) placing '${kind}' from 13)::uuid`;
}

export const MEMBERS = MEMBER_KINDS;
