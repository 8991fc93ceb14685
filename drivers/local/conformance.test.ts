import { randomUUID } from 'node:crypto';
import { DEFAULT_MACHINE } from '#core/domain/machine-spec.ts';
import type { BuildRequest } from '#core/ports/compute.ts';
import { createTestDatabase } from '../../tests/testing/servers.ts';
import { computeConformance } from '../conformance/compute.ts';
import { imageConformance } from '../conformance/image.ts';
import { networkConformance } from '../conformance/network.ts';
import { volumeConformance } from '../conformance/volume.ts';
import { localAmphoraPaths } from './amphora-paths.ts';
import type { LocalCloudOptions } from './cloud-options.ts';
import { localCompute } from './compute-driver.ts';
import { localImage } from './image-driver.ts';
import { localImageId, localNetworkId, localQosPolicyId, localSubnetId } from './names.ts';
import { localNetwork } from './network-driver.ts';
import { IDLE_AGENT, type ScratchCloud, startScratchCloud } from './testing/scratch-cloud.ts';
import { diskProblem } from './volume-disk.ts';
import { localVolume } from './volume-driver.ts';

async function openCloud(): Promise<ScratchCloud> {
  const db = await createTestDatabase();
  const scratch = await startScratchCloud(db.database, IDLE_AGENT, {
    qosPolicies: ['slow=egress:8000+ingress:8000', 'other=egress:4000:800'],
  });
  const close = async (): Promise<void> => {
    await scratch.close();
    await db.close();
  };
  return { ...scratch, close };
}

function idleMachine(options: LocalCloudOptions, amphoraId: string): BuildRequest {
  const path = localAmphoraPaths(options, amphoraId).agentConfig;
  return { amphoraId, files: [{ path, contents: '[DEFAULT]\n' }], spec: DEFAULT_MACHINE };
}

computeConformance('local', async () => {
  const { options, close } = await openCloud();
  const network = localNetwork(options);
  return {
    driver: localCompute(options),
    requestFor: (amphoraId) => idleMachine(options, amphoraId),
    makePort: async () => {
      const port = await network.createPort({
        name: randomUUID(),
        networkId: localNetworkId(options.namePrefix, 'private'),
        deviceId: '',
        fixedIps: [],
        allowedAddresses: [],
        securityGroupIds: [],
      });
      return port.id;
    },
    close,
  };
});

volumeConformance(
  'local',
  async () => {
    const { options, close } = await openCloud();
    return {
      driver: localVolume(options),
      imageId: localImageId(options.namePrefix),
      compute: localCompute(options),
      requestFor: (amphoraId) => idleMachine(options, amphoraId),
      close,
    };
  },
  diskProblem(),
);

networkConformance('local', async () => {
  const { options, close } = await openCloud();
  const [, base] = /=(\d+\.\d+\.\d+)\.0\//.exec(options.networks[0] ?? '') ?? [];
  let last = 254;
  return {
    driver: localNetwork(options),
    networkId: localNetworkId(options.namePrefix, 'private'),
    subnetId: localSubnetId(options.namePrefix, 'private'),
    qosPolicyIds: [
      localQosPolicyId(options.namePrefix, 'slow'),
      localQosPolicyId(options.namePrefix, 'other'),
    ],
    ipv6SubnetId: localSubnetId(options.namePrefix, 'private', 6),
    freeAddress: () => `${base}.${last--}`,
    isBookkeeper: true,
    close,
  };
});

imageConformance('local', async () => ({
  driver: localImage({ namePrefix: 'img' }),
  tag: 'amphora',
  close: async () => {},
}));
