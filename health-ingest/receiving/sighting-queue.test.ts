import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { SightingQueue } from './sighting-queue.ts';

const idOf = (number: number): Uint32Array => Uint32Array.of(number, 0, 0, number);
const numbersIn = (ids: Uint32Array): readonly number[] =>
  Array.from({ length: ids.length / 4 }, (_, index) => ids[4 * index] as number);

test('an amphora heard of again waits once, and counts as heard when it was heard last', () => {
  const queue = new SightingQueue(10);
  queue.add(3, idOf(1), 100);
  queue.add(3, idOf(1), 150);
  const groups = queue.take();
  expect(groups).toEqual([{ ids: idOf(1), oldestAtMs: 150 }]);
  expect([queue.size, queue.take()]).toEqual([0, []]);
  queue.add(3, idOf(1), 200);
  expect(queue.take()).toEqual([{ ids: idOf(1), oldestAtMs: 200 }]);
});

test('a slot that was given to another amphora meanwhile does not mix up the two', () => {
  const queue = new SightingQueue(10);
  queue.add(3, idOf(1), 100);
  queue.add(3, idOf(2), 110);
  expect(queue.take().flatMap(({ ids }) => numbersIn(ids))).toEqual([1, 2]);
});

test('beyond its bound it takes no new amphora, and keeps those it has fresh', () => {
  const queue = new SightingQueue(1);
  expect([queue.add(0, idOf(1), 1), queue.add(1, idOf(2), 2), queue.add(0, idOf(1), 3)]).toEqual([
    true,
    false,
    true,
  ]);
  expect(queue.take()).toEqual([{ ids: idOf(1), oldestAtMs: 3 }]);
});

test('after a long wait nobody is told much more silent than it is, and nobody more alive', () => {
  const heard = fc.array(fc.integer({ min: 0, max: 100_000 }), { minLength: 1, maxLength: 300 });
  fc.assert(
    fc.property(heard, (times) => {
      const queue = new SightingQueue(1000);
      for (const [number, atMs] of times.entries()) queue.add(number, idOf(number), atMs);
      const told = new Map(
        queue
          .take()
          .flatMap(({ ids, oldestAtMs }) => numbersIn(ids).map((id) => [id, oldestAtMs] as const)),
      );
      expect(told.size).toBe(times.length);
      for (const [number, atMs] of times.entries()) {
        expect(told.get(number)).toBeLessThanOrEqual(atMs);
        expect(told.get(number)).toBeGreaterThan(atMs - 100_000 / 60);
      }
    }),
  );
});

test('many are cut into groups that Redis takes at once', () => {
  const queue = new SightingQueue(50_000);
  for (let number = 0; number < 40_000; number++) queue.add(number, idOf(number), 5);
  const groups = queue.take();
  expect(groups.map(({ ids }) => ids.length / 4)).toEqual([16_384, 16_384, 7232]);
  expect(new Set(groups.flatMap(({ ids }) => numbersIn(ids))).size).toBe(40_000);
});
