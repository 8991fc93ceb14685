import { expect, it } from 'vitest';
import { QueueFull, WorkQueue } from './work-queue.ts';

it('runs one after the other, in the order they came, whatever becomes of each', async () => {
  const queue = new WorkQueue(10);
  const said: string[] = [];
  const work = (name: string, isGood: boolean) => async (): Promise<string> => {
    said.push(`${name} begins`);
    await new Promise((resolve) => setTimeout(resolve, 1));
    said.push(`${name} ends`);
    if (!isGood) throw new Error(name);
    return name;
  };
  const results = await Promise.allSettled([
    queue.run(work('a', true)),
    queue.run(work('b', false)),
    queue.run(work('c', true)),
  ]);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(said).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
});

it('refuses what is too much, and takes more once there is room', async () => {
  const queue = new WorkQueue(2);
  const first = queue.run(async () => 1);
  const second = queue.run(async () => 2);
  await expect(queue.run(async () => 3)).rejects.toThrow(QueueFull);
  expect(await Promise.all([first, second])).toEqual([1, 2]);
  await queue.idle();
  expect(await queue.run(async () => 4)).toBe(4);
});

it('is idle only when all that was handed in is done', async () => {
  const queue = new WorkQueue(10);
  let isDone = false;
  void queue.run(async () => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    isDone = true;
  });
  await queue.idle();
  expect(isDone).toBe(true);
});
