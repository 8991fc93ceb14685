import fc from 'fast-check';
import { expect, test } from 'vitest';
import { apiTime } from './to-api.ts';

test('times are shown in UTC to the second, whatever the day', () => {
  const min = new Date('0001-01-01T00:00:00Z');
  const max = new Date('9999-12-31T23:59:59Z');
  fc.assert(
    fc.property(fc.date({ min, max, noInvalidDate: true }), (time) => {
      expect(apiTime(time)).toBe(time.toISOString().slice(0, 19));
    }),
  );
});
