import { expect, test } from 'vitest';
import { SelfDoubt } from './self-doubt.ts';

test('trust comes only after a whole grace without a problem, and the next problem takes it away', () => {
  const doubt = new SelfDoubt(1000);
  expect(doubt.look(null, 0)).toBe(false);
  expect(doubt.look(null, 999)).toBe(false);
  expect(doubt.look(null, 1000)).toBe(true);
  expect(doubt.problem).toBeNull();
  expect(doubt.look({ reason: 'Redis was slow' }, 1100)).toBe(false);
  expect(doubt.problem?.reason).toBe('Redis was slow');
  expect(doubt.look(null, 1200)).toBe(false);
  expect(doubt.look(null, 2199)).toBe(false);
  expect(doubt.look(null, 2200)).toBe(true);
});
