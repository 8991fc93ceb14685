import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ImageDriver } from '#core/ports/image.ts';

export interface ImageBench {
  readonly driver: ImageDriver;
  /** A tag that an image has. */
  readonly tag: string;
  /** Puts another image there, the newest of all. Absent: there is one image, whatever is asked for. */
  add?(tag: string, ownerId: string): Promise<string>;
  readonly close: () => Promise<void>;
}

/** What every image driver promises. */
export function imageConformance(name: string, open: () => Promise<ImageBench>): void {
  describe(`image driver ${name}`, () => {
    let bench: ImageBench;
    beforeAll(async () => {
      bench = await open();
    });
    afterAll(() => bench.close());

    test('an image is found by its tag, and is the same each time', async () => {
      const id = await bench.driver.findNewest(bench.tag, null);
      expect(id).toMatch(/./);
      expect(await bench.driver.findNewest(bench.tag, null)).toBe(id);
    });

    test('of several with the tag it is the newest, of the owner who counts', async (context) => {
      if (bench.add === undefined) return context.skip('it has one image for every tag');
      const tag = randomUUID();
      const first = await bench.add(tag, 'operator');
      expect(await bench.driver.findNewest(tag, 'operator')).toBe(first);
      const second = await bench.add(tag, 'operator');
      const forged = await bench.add(tag, 'stranger');
      expect(await bench.driver.findNewest(tag, 'operator')).toBe(second);
      expect(await bench.driver.findNewest(tag, null)).toBe(forged);
    });

    test('a tag that no image of the owner has is none', async (context) => {
      if (bench.add === undefined) return context.skip('it has one image for every tag');
      const tag = randomUUID();
      await bench.add(tag, 'stranger');
      expect(await bench.driver.findNewest(tag, 'operator')).toBeNull();
      expect(await bench.driver.findNewest(randomUUID(), null)).toBeNull();
    });
  });
}
