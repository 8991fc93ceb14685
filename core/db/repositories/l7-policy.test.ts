import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../tests/testing/servers.ts';
import { aListener, aLoadBalancer, anL7Policy } from '../testing/nouns.ts';
import { transaction } from '../transaction.ts';
import { l7Policies } from './l7-policy.ts';
import { listeners } from './listener.ts';
import { loadBalancers } from './load-balancer.ts';

let own: TestDatabase;
const loadBalancer = aLoadBalancer();
beforeAll(async () => {
  own = await createTestDatabase();
  await transaction(own.database, (tx) => loadBalancers.insert(tx, loadBalancer));
});
afterAll(() => own.close());

let port = 1000;
async function newListener(): Promise<string> {
  const listener = aListener(loadBalancer.id, { protocolPort: port++ });
  await transaction(own.database, (tx) => listeners.insert(tx, listener));
  return listener.id;
}

async function namesByPosition(listenerId: string): Promise<readonly [string | null, number][]> {
  const policies = await l7Policies.findBy(own.database, 'listenerId', listenerId);
  return policies
    .toSorted((a, b) => a.position - b.position)
    .map((policy) => [policy.name, policy.position]);
}

type Change =
  | { readonly kind: 'insert'; readonly position: number }
  | { readonly kind: 'move' | 'delete'; readonly which: number; readonly position: number };

const position = fc.oneof(fc.integer({ min: 1, max: 6 }), fc.constant(2_147_483_647));
const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('insert' as const), position }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('move' as const, 'delete' as const),
      which: fc.nat(20),
      position,
    }),
  },
);

test('after any insertions, moves and deletions positions are 1..n in the order that a plain list would have', async () => {
  const run = fc.asyncProperty(fc.array(change, { maxLength: 8 }), async (changes) => {
    const listenerId = await newListener();
    let model: string[] = [];
    for (const [index, each] of changes.entries()) {
      if (each.kind === 'insert') {
        const name = `p${index}`;
        const policy = anL7Policy(listenerId, { name, position: each.position });
        await transaction(own.database, (tx) => l7Policies.insert(tx, policy));
        model = model.toSpliced(each.position - 1, 0, name);
        continue;
      }
      const name = model[each.which % Math.max(1, model.length)];
      const policies = await l7Policies.findBy(own.database, 'listenerId', listenerId);
      const policy = policies.find((candidate) => candidate.name === name);
      if (name === undefined || policy === undefined) continue;
      const others = model.filter((other) => other !== name);
      if (each.kind === 'delete') {
        await transaction(own.database, (tx) => l7Policies.delete(tx, policy));
        model = others;
      } else {
        const changed = { position: each.position, description: 'moved' };
        await transaction(own.database, (tx) => l7Policies.update(tx, policy, changed));
        model = others.toSpliced(each.position - 1, 0, name);
      }
    }
    expect(await namesByPosition(listenerId)).toEqual(model.map((name, at) => [name, at + 1]));
  });
  await fc.assert(run, { numRuns: 40 });
});

test('policies of one listener do not move those of another', async () => {
  const [one, other] = [await newListener(), await newListener()];
  await transaction(own.database, async (tx) => {
    await l7Policies.insert(tx, anL7Policy(one, { name: 'a' }));
    await l7Policies.insert(tx, anL7Policy(other, { name: 'b' }));
    await l7Policies.insert(tx, anL7Policy(one, { name: 'c' }));
  });
  expect(await namesByPosition(one)).toEqual([
    ['c', 1],
    ['a', 2],
  ]);
  expect(await namesByPosition(other)).toEqual([['b', 1]]);
});
