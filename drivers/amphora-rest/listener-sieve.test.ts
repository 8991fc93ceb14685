import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DriverFailure } from '#core/domain/errors.ts';
import type { ListenerTree } from '#core/domain/load-balancer-tree.ts';
import { type Sifted, sift, type Verdict } from './listener-sieve.ts';

type Status = ListenerTree['provisioningStatus'];

function listenersOf(count: number, statusOf: (index: number) => Status = () => 'ACTIVE') {
  return Array.from(
    { length: count },
    (_, index) => ({ id: `${index}`, provisioningStatus: statusOf(index) }) as ListenerTree,
  );
}

function refusal(blamed: readonly string[] = []): Verdict {
  const failure = new DriverFailure('answered 400: [ALERT] something', { retryable: false });
  const named = blamed.map((id) => ({ listenerId: id, l7PolicyId: null, reason: `${id} is bad` }));
  return { kind: 'refused', blamed: named, failure };
}

async function silence(): Promise<never> {
  throw new DriverFailure('no usable answer', { retryable: true });
}

const idsOf = ({ taken, refused }: Sifted) => ({
  taken: taken.map(({ id }) => id),
  refused: refused.map(({ listenerId }) => listenerId),
});

test('only those that are at fault are refused, whether the checker names them or not', async () => {
  const bad = fc.uniqueArray(fc.integer({ min: 0, max: 19 }), { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(bad, bad, async (named, unnamed) => {
      let carried: readonly string[] = [];
      const sifted = await sift(listenersOf(20), async (some) => {
        const ids = some.map(({ id }) => id);
        const has = (faults: readonly number[]) => ids.filter((id) => faults.includes(Number(id)));
        const [blamed, silent] = [has(named), has(unnamed)];
        if (blamed.length + silent.length > 0) return refusal(blamed.slice(0, 1));
        carried = ids;
        return { kind: 'taken' };
      });
      const { taken, refused } = idsOf(sifted);
      expect(carried).toEqual(taken);
      expect(new Set(refused)).toEqual(new Set([...named, ...unnamed].map(String)));
      expect(taken.length + refused.length).toBe(20);
    }),
    { numRuns: 100 },
  );
});

test('of two that do not go together the one that was changed gives way', async () => {
  const listeners = listenersOf(6, (index) => (index === 1 ? 'PENDING_UPDATE' : 'ACTIVE'));
  const sifted = await sift(listeners, async (some) => {
    const ids = new Set(some.map(({ id }) => id));
    return ids.has('1') && ids.has('4') ? refusal() : { kind: 'taken' };
  });
  expect(idsOf(sifted)).toEqual({ taken: ['0', '2', '3', '4', '5'], refused: ['1'] });
});

test('a fault that is no listener’s fails it all, and so does an amphora that does not answer', async () => {
  await expect(sift(listenersOf(3), async () => refusal())).rejects.toThrow('answered 400');
  await expect(sift(listenersOf(3), silence)).rejects.toThrow('no usable answer');
});

test('an amphora is not asked without end; whom it did not take by then is refused', async () => {
  let offers = 0;
  const sifted = await sift(listenersOf(1000), async (some) => {
    offers++;
    return some.some(({ id }) => Number(id) % 3 === 2) ? refusal() : { kind: 'taken' };
  });
  expect(offers).toBe(64);
  expect(sifted.taken.length).toBeGreaterThan(0);
  expect(sifted.taken.every(({ id }) => Number(id) % 3 !== 2)).toBe(true);
  expect(sifted.taken.length + sifted.refused.length).toBe(1000);
});
