import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { SpareMemory } from './spare-memory.ts';

const TIDYING_MS = 75_000;
const collect = vi.fn<(options: unknown) => void>();

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('gc', collect);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  collect.mockReset();
});

test('memory is tidied up once requests cease, and never between two that follow each other', async () => {
  const memory = new SpareMemory();
  for (let request = 0; request < 20; request++) {
    memory.giveBackSoon();
    await vi.advanceTimersByTimeAsync(1000);
  }
  expect(collect).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(TIDYING_MS);
  expect(collect).toHaveBeenCalled();
  const rounds = collect.mock.calls.length;
  await vi.advanceTimersByTimeAsync(TIDYING_MS);
  expect(collect).toHaveBeenCalledTimes(rounds);
});

test('an agent that stops, and one whose Node lends it no collector, tidy nothing up', async () => {
  const stopped = new SpareMemory();
  await stopped.start();
  await stopped.stop();
  vi.stubGlobal('gc', undefined);
  await new SpareMemory().start();
  await vi.advanceTimersByTimeAsync(TIDYING_MS);
  expect(collect).not.toHaveBeenCalled();
  expect(vi.getTimerCount()).toBe(0);
});
