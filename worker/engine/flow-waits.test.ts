import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FlowWaits } from './flow-waits.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const never = (): Promise<never> => new Promise(() => {});

test('a flow waits after a second in one step, until that step ends', async () => {
  const told: string[] = [];
  const waits = new FlowWaits((queue) => told.push(queue));
  const { promise, resolve } = Promise.withResolvers<void>();
  const step = waits.during('flows', () => promise);
  vi.advanceTimersByTime(999);
  expect(waits.of('flows')).toBe(0);
  vi.advanceTimersByTime(1);
  expect([waits.of('flows'), waits.of('failovers'), told]).toEqual([1, 0, ['flows']]);
  resolve();
  await step;
  expect(waits.of('flows')).toBe(0);
});

test('a step that fails is waited for no longer', async () => {
  const waits = new FlowWaits(() => {});
  const { promise, reject } = Promise.withResolvers<void>();
  const step = waits.during('flows', () => promise);
  vi.advanceTimersByTime(2000);
  reject(new Error('broken'));
  await expect(step).rejects.toThrow('broken');
  expect(waits.of('flows')).toBe(0);
});

test('of flows that wait a worker holds no more than 500 besides those that it runs', () => {
  const waits = new FlowWaits(() => {});
  for (let flow = 0; flow < 600; flow++) void waits.during('flows', never);
  vi.advanceTimersByTime(1000);
  expect(waits.of('flows')).toBe(500);
});
