import { randomUUID } from 'node:crypto';
import type { Amphora } from '#core/domain/amphora.ts';
import { DEFAULT_MACHINE } from '#core/domain/machine-spec.ts';
import { readGoldenCase } from '#core/haproxy/testing/golden-case.ts';
import type { Volume } from '#core/ports/volume.ts';
import { systemClock } from '#core/service/system-clock.ts';
import { noopAmphora } from '../noop/amphora.ts';
import {
  type NoopSecret,
  noopCertificateGenerator,
  noopCertificateManager,
} from '../noop/certificates.ts';
import { type NoopMachine, noopCompute } from '../noop/compute.ts';
import { type NoopImage, noopImage } from '../noop/image.ts';
import { noopNetwork } from '../noop/network.ts';
import { memoryStore } from '../noop/store.ts';
import { noopVolume } from '../noop/volume.ts';
import { amphoraConformance } from './amphora.ts';
import { certificateGeneratorConformance, certificateManagerConformance } from './certificates.ts';
import { computeConformance } from './compute.ts';
import { imageConformance } from './image.ts';
import { networkConformance } from './network.ts';
import { volumeConformance } from './volume.ts';

computeConformance('noop', async () => ({
  driver: noopCompute(),
  requestFor: (amphoraId) => ({ amphoraId, files: [], spec: DEFAULT_MACHINE }),
  makePort: async () => randomUUID(),
  close: async () => {},
}));

volumeConformance('noop', async () => {
  const [machines, volumes] = [memoryStore<NoopMachine>(), memoryStore<Volume>()];
  return {
    driver: noopVolume({ machines, volumes }),
    imageId: randomUUID(),
    compute: noopCompute({ machines, volumes }),
    requestFor: (amphoraId) => ({ amphoraId, files: [], spec: DEFAULT_MACHINE }),
    close: async () => {},
  };
});

networkConformance('noop', async () => {
  const driver = noopNetwork();
  const networkId = randomUUID();
  const network = await driver.getNetwork(networkId);
  let last = 0;
  return {
    driver,
    networkId,
    subnetId: network?.subnetIds[0] ?? '',
    qosPolicyIds: [randomUUID(), randomUUID()],
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

certificateManagerConformance('noop', async () => {
  const secrets = memoryStore<NoopSecret>();
  const store = async (secret: NoopSecret) => {
    const ref = `https://keys.test/${randomUUID()}`;
    await secrets.put(ref, secret);
    return ref;
  };
  return {
    driver: noopCertificateManager({ secrets }),
    storeContainer: (projectId, container) => store({ projectId, container }),
    storeSecret: (projectId, text) => store({ projectId, text }),
    close: async () => {},
  };
});

certificateGeneratorConformance('noop', async () => ({
  driver: noopCertificateGenerator(systemClock),
  authorityPem: null,
  close: async () => {},
}));

amphoraConformance('noop', async () => ({
  driver: noopAmphora({ amphorae: memoryStore() }),
  // Of the two of a pair it is this one that has no address but its own.
  amphora: { id: randomUUID(), role: 'BACKUP', vrrpIp: '198.18.0.2' } as Amphora,
  plug: {
    vipAddress: '198.18.0.1',
    subnet: {
      id: 's',
      networkId: 'n',
      cidr: '198.18.0.0/15',
      ipVersion: 4,
      gatewayIp: null,
      hostRoutes: [],
    },
    macAddress: 'fa:16:3e:00:00:01',
    vrrpIp: '198.18.0.2',
    mtu: null,
    additionalVips: [],
  },
  elsewhere: '198.18.0.3',
  tree: readGoldenCase('02-http-no-pool').tree,
  certificatePem: 'a certificate',
  agentConfig: '[DEFAULT]\n',
  close: async () => {},
}));
