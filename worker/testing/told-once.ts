import { expect } from 'vitest';
import type { Database } from '#core/db/pool.ts';
import { marksOf } from './as-the-api.ts';
import type { TakenOver } from './taken-over.ts';

interface Told {
  readonly type: string;
  readonly objectType: string;
  readonly objectId: string;
  readonly field: string | null;
  readonly from: string | null;
  readonly to: string | null;
  readonly flowId: string | null;
}

/** Each change of a status, and the flow's start and end, are told of once and in order, whoever worked on it. */
export async function expectToldOnce(database: Database, taken: TakenOver): Promise<void> {
  const { flowId, end, scenario } = taken;
  const { rows: told } = await database.query<Told>(
    `select type, object_type as "objectType", object_id as "objectId", field, old_status as "from", new_status as "to",
       flow_id as "flowId" from event where load_balancer_id = $1 order by id`,
    [scenario.family.loadBalancerId],
  );
  expectNoneLostOrDoubled(told);
  const own = told.filter((one) => one.flowId === flowId);
  expect(
    own.filter((one) => one.objectType === 'operation').map(({ type }) => verdictOf(type)),
  ).toEqual(['start', end === 'SUCCESS' ? 'end' : 'error']);
  expectOneEndOfLoadBalancer(own, taken);
}

/** Each change begins where the one before it ended. */
function expectNoneLostOrDoubled(told: readonly Told[]): void {
  const known = new Map<string, string | null>();
  for (const { objectId, field, from, to } of told) {
    if (field === null) continue;
    const status = `${objectId} ${field}`;
    expect([status, from]).toEqual([status, known.has(status) ? known.get(status) : from]);
    expect(to).not.toBe(from);
    known.set(status, to);
  }
}

function expectOneEndOfLoadBalancer(own: readonly Told[], { point, end }: TakenOver): void {
  const ends = own
    .filter((one) => one.objectType === 'load_balancer' && one.field === 'provisioning_status')
    .map(({ to }) => to);
  const isMarked = Object.keys(marksOf(point.flow)).includes('load_balancer');
  // One that failed in its very last step may have said ACTIVE, and takes that back.
  if (end !== 'SUCCESS') return;
  const success = point.flow === 'load-balancer-delete' ? 'DELETED' : 'ACTIVE';
  expect(ends).toEqual(isMarked ? [success] : []);
}

const verdictOf = (type: string): string | undefined => type.split('.').at(-1);
