import fc from 'fast-check';
import { expect, it } from 'vitest';
import { bucketsOf, leastConnections, turnsOf, type Weighed } from './member-choice.ts';

const weighed = fc
  .uniqueArray(
    fc.record({
      mark: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
      weight: fc.integer({ min: 1, max: 256 }),
    }),
    { selector: ({ mark }) => mark, minLength: 1, maxLength: 40 },
  )
  .map((members): readonly Weighed[] => members);

function shareOf(turns: readonly number[], mark: number): number {
  return turns.filter((each) => each === mark).length / turns.length;
}

it('turns are as many as weights ask for, and at most about a thousand', () => {
  fc.assert(
    fc.property(weighed, (members) => {
      const turns = turnsOf(members);
      const total = members.reduce((all, { weight }) => all + weight, 0);
      expect(turns.length).toBeLessThanOrEqual(1024);
      for (const { mark, weight } of members) {
        expect(turns).toContain(mark);
        expect(Math.abs(shareOf(turns, mark) - weight / total)).toBeLessThan(0.03);
      }
    }),
    { numRuns: 50 },
  );
});

it('a heavy member has its turns spread over the round', () => {
  expect(
    turnsOf([
      { mark: 1, weight: 20 },
      { mark: 2, weight: 10 },
      { mark: 3, weight: 10 },
    ]),
  ).toEqual([1, 2, 3, 1]);
});

it('when a member goes, only its own clients go to others', () => {
  fc.assert(
    fc.property(weighed, fc.nat(), (members, position) => {
      const gone = members[position % members.length];
      const left = members.filter((member) => member !== gone);
      if (left.length === 0) return;
      const before = bucketsOf(members);
      const after = bucketsOf(left);
      if (before.length !== after.length) return; // so many more members ask for more buckets
      for (const [bucket, mark] of before.entries())
        if (mark !== gone?.mark) expect(after[bucket]).toBe(mark);
    }),
    { numRuns: 50 },
  );
});

it('clients are spread by weight', () => {
  const buckets = bucketsOf([
    { mark: 77, weight: 3 },
    { mark: 12_345, weight: 1 },
  ]);
  expect(Math.abs(shareOf(buckets, 77) - 0.75)).toBeLessThan(0.1);
});

it('those with fewest connections get most of the new ones, and all get some', () => {
  const active = new Map([
    [1, 100],
    [2, 50],
    [3, 0],
  ]);
  const members = [1, 2, 3].map((mark) => ({ mark, weight: 1 }));
  const weights = leastConnections(members, (mark) => active.get(mark) ?? 0).map(
    ({ weight }) => weight,
  );
  expect(weights).toEqual([1, 9, 17]);
});
