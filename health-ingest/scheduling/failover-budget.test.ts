import { expect, test } from 'vitest';
import { failoversAllowed } from './failover-budget.ts';

test('the smaller of the two limits holds, and a small cloud has room for some', () => {
  const budget = { absolute: 50, percent: 10 };
  expect(failoversAllowed(budget, 100)).toBe(10);
  expect(failoversAllowed(budget, 1_000_000)).toBe(50);
  expect(failoversAllowed(budget, 3)).toBe(5);
  expect(failoversAllowed({ absolute: 2, percent: 10 }, 3)).toBe(2);
});
