import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { systemClock } from '#core/service/system-clock.ts';
import { QueueNews } from './queue-news.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** One that has been looked at, as at the start of every worker. */
async function lookedAt(): Promise<QueueNews> {
  const news = new QueueNews(['shared'], systemClock);
  expect(await news.wait('flows')).toBe(true);
  expect(await news.wait('shared')).toBe(true);
  return news;
}

/** Whether the queue is looked at when so much time has passed. */
async function isLookedAt(news: QueueNews, queue: string, afterMs: number): Promise<boolean> {
  const looked = vi.fn();
  void news.wait(queue).then(looked);
  await vi.advanceTimersByTimeAsync(afterMs);
  return looked.mock.calls.length > 0;
}

test('a queue is looked at when somebody tells of it, and no other is', async () => {
  const news = await lookedAt();
  news.tell('flows');
  expect(await isLookedAt(news, 'flows', 0)).toBe(true);
  expect(await isLookedAt(news, 'shared', 499)).toBe(false);
});

test('what was told during a look is looked at next', async () => {
  const news = await lookedAt();
  const waiting = news.wait('flows');
  news.tell('flows');
  await waiting;
  news.tell('flows');
  expect(await isLookedAt(news, 'flows', 0)).toBe(true);
  expect(await isLookedAt(news, 'flows', 4999)).toBe(false);
});

test('a queue that nobody tells of is looked at now and then, one with a shared limit more often', async () => {
  const news = await lookedAt();
  expect(await isLookedAt(news, 'flows', 4999)).toBe(false);
  expect(await isLookedAt(await lookedAt(), 'flows', 5000)).toBe(true);
  expect(await isLookedAt(await lookedAt(), 'shared', 500)).toBe(true);
});

test('after the end of a flow its queue is looked at until the engine has noted that end', async () => {
  const news = await lookedAt();
  news.tellOfEnd('flows');
  expect(await isLookedAt(news, 'flows', 0)).toBe(true);
  expect(await isLookedAt(news, 'flows', 0)).toBe(true);
  await vi.advanceTimersByTimeAsync(1000);
  expect(await isLookedAt(news, 'flows', 1)).toBe(false);
});

test('whoever waits when the engine stops is told so', async () => {
  const news = await lookedAt();
  const waiting = news.wait('flows');
  news.stop();
  expect([await waiting, await news.wait('flows')]).toEqual([false, false]);
});
