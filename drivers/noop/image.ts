import type { ImageDriver } from '#core/ports/image.ts';
import { Faults } from './faults.ts';
import { madeUpId } from './made-up.ts';

export interface NoopImage {
  readonly id: string;
  readonly tags: readonly string[];
  readonly ownerId: string;
}

export interface NoopImageOptions {
  /** Oldest first, and read at each call. Absent: there is an image for every tag. */
  readonly images?: readonly NoopImage[];
  readonly faults?: Faults;
}

export function noopImage({ images, faults = new Faults() }: NoopImageOptions = {}): ImageDriver {
  return {
    async findNewest(tag, ownerId) {
      await faults.reach('image.findNewest');
      if (images === undefined) return madeUpId(`image ${tag}`);
      const found = images.findLast(
        (image) => image.tags.includes(tag) && (ownerId === null || image.ownerId === ownerId),
      );
      return found?.id ?? null;
    },
  };
}
