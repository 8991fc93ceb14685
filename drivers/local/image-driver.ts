import type { ImageDriver } from '#core/ports/image.ts';
import type { LocalCloudOptions } from './cloud-options.ts';
import { localImageId } from './names.ts';

/** One box has one image: the agent that it was installed with. It has whatever tag somebody asks for. */
export function localImage({ namePrefix }: Pick<LocalCloudOptions, 'namePrefix'>): ImageDriver {
  return { findNewest: async () => localImageId(namePrefix) };
}
