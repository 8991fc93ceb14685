import { randomUUID } from 'node:crypto';
import { DEFAULT_MACHINE } from '#core/domain/machine-spec.ts';
import { noopCompute } from '../noop/compute.ts';
import { type NoopImage, noopImage } from '../noop/image.ts';
import { noopNetwork } from '../noop/network.ts';
import { computeConformance } from './compute.ts';
import { imageConformance } from './image.ts';
import { networkConformance } from './network.ts';

computeConformance('noop', async () => ({
  driver: noopCompute(),
  requestFor: (amphoraId) => ({ amphoraId, files: [], spec: DEFAULT_MACHINE }),
  makePort: async () => randomUUID(),
  close: async () => {},
}));

networkConformance('noop', async () => {
  const driver = noopNetwork();
  const networkId = randomUUID();
  const network = await driver.getNetwork(networkId);
  let last = 0;
  return {
    driver,
    networkId,
    subnetId: network?.subnetIds[0] ?? '',
    ipv6SubnetId: randomUUID(),
    freeAddress: () => `198.18.0.${++last}`,
    isBookkeeper: false,
    close: async () => {},
  };
});

imageConformance('noop', async () => {
  const images: NoopImage[] = [{ id: randomUUID(), tags: ['amphora'], ownerId: 'operator' }];
  return {
    driver: noopImage({ images }),
    tag: 'amphora',
    add: async (tag, ownerId) => {
      const id = randomUUID();
      images.push({ id, tags: [tag], ownerId });
      return id;
    },
    close: async () => {},
  };
});

imageConformance('noop with an image for every tag', async () => ({
  driver: noopImage(),
  tag: randomUUID(),
  close: async () => {},
}));
