import { expect, test } from 'vitest';
import { ThreadGaps } from './thread-gaps.ts';

const batch = (thread: string, number: number) => ({
  thread,
  number,
  ageMs: 0,
  ids: new Uint32Array(),
});

test('a number left out is a gap, a number again is a repetition, and threads are counted apart', () => {
  const gaps = new ThreadGaps();
  expect(gaps.take(batch('a', 7), true)).toBe('next');
  expect(gaps.take(batch('a', 8), false)).toBe('next');
  expect(gaps.take(batch('a', 8), false)).toBe('repeated');
  expect(gaps.take(batch('b', 0), false)).toBe('next');
  expect(gaps.take(batch('a', 10), false)).toBe('gap');
  expect(gaps.take(batch('a', 11), false)).toBe('next');
});

test('a thread that is met after the start and is not at its beginning has said something before', () => {
  expect(new ThreadGaps().take(batch('a', 3), false)).toBe('gap');
});
