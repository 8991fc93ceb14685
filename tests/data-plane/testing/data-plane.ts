import { randomUUID } from 'node:crypto';
import { chmod } from 'node:fs/promises';
import type { ListenerTree, LoadBalancerTree, PoolTree } from '#core/domain/load-balancer-tree.ts';
import type { Vip } from '#core/domain/vip.ts';
import type { CertificateManager } from '#core/ports/certificates.ts';
import type { NetworkDriver } from '#core/ports/network.ts';
import { amphoraRestDriver } from '#drivers/amphora-rest/driver.ts';
import { createTestPki } from '#drivers/amphora-rest/testing/test-driver.ts';
import { type LocalAmphoraPaths, localAmphoraPaths } from '#drivers/local/amphora-paths.ts';
import type { LocalCloudOptions } from '#drivers/local/cloud-options.ts';
import { localSubnetId } from '#drivers/local/names.ts';
import { localNetwork } from '#drivers/local/network-driver.ts';
import { startScratchCloud } from '#drivers/local/testing/scratch-cloud.ts';
import { createTestDatabase } from '../../testing/servers.ts';
import { type Addresses, AGENT_PORT, bootAmphora, PATIENCE, plugVips } from './amphora.ts';

const AGENT = new URL('../../../amphora-agent/start', import.meta.url).pathname;
const NETWORK = 'private';

/**
 * One amphora of a one-box cloud with everything below the flows: real networks, the real agent, real HAProxy. Its
 * VIP has an IPv4 and an IPv6 address, and both are reached from the test's own process.
 */
export interface DataPlane {
  readonly options: LocalCloudOptions;
  readonly networkName: string;
  readonly loadBalancerId: string;
  /** IPv4. */
  readonly vip: string;
  readonly vip6: string;
  readonly paths: LocalAmphoraPaths;
  /** Makes the load balancer consist of these. */
  apply(parts: Pick<LoadBalancerTree, 'listeners' | 'pools'>): Promise<void>;
  close(): Promise<void>;
}

export interface DataPlaneOptions {
  readonly certificates?: CertificateManager;
  /** Which of the two addresses is the VIP; the other one is an additional VIP. */
  readonly vipVersion?: 4 | 6;
}

export async function openDataPlane(given: DataPlaneOptions = {}): Promise<DataPlane> {
  const db = await createTestDatabase();
  const cloud = await startScratchCloud(db.database, [AGENT, process.execPath]);
  const pki = await createTestPki();
  const close = async (): Promise<void> => {
    await cloud.close();
    await pki.remove();
    await db.close();
  };
  try {
    const { options } = cloud;
    await chmod(options.dataDir, 0o711); // HAProxy is not root
    const network = localNetwork(options);
    const rest = pki.options(AGENT_PORT, {
      pathsOf: (amphoraId) => localAmphoraPaths(options, amphoraId),
      network,
      readTimeoutMs: 30_000,
      patience: PATIENCE,
      ...(given.certificates === undefined ? {} : { certificates: given.certificates }),
    });
    const driver = amphoraRestDriver(rest);
    const loadBalancerId = randomUUID();
    const addresses = await allocate(network, options, loadBalancerId, given.vipVersion ?? 4);
    const amphora = await bootAmphora(options, pki, driver);
    await plugVips(options, driver, network, amphora, addresses);
    const { vip, additionalVips } = addresses;
    const all = [vip.address ?? '', ...additionalVips.map(({ ipAddress }) => ipAddress ?? '')];
    return {
      options,
      networkName: NETWORK,
      loadBalancerId,
      vip: all.find((address) => !address.includes(':')) ?? '',
      vip6: all.find((address) => address.includes(':')) ?? '',
      paths: localAmphoraPaths(options, amphora.id),
      async apply(parts) {
        const tree = treeOf(loadBalancerId, addresses, parts);
        await network.updateVipRules(tree);
        await driver.applyLoadBalancer(amphora, tree);
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function allocate(
  network: NetworkDriver,
  { namePrefix }: LocalCloudOptions,
  loadBalancerId: string,
  version: 4 | 6,
): Promise<Addresses> {
  const vip: Vip = {
    address: null,
    subnetId: localSubnetId(namePrefix, NETWORK, version),
    networkId: null,
    portId: null,
    qosPolicyId: null,
    securityGroupIds: [],
    vnicType: 'normal',
    isOctaviaOwned: false,
  };
  const subnetId = localSubnetId(namePrefix, NETWORK, version === 4 ? 6 : 4);
  const further = [{ subnetId, ipAddress: null, portId: null, networkId: null }];
  return network.allocateVip(loadBalancerId, 'project', vip, further);
}

function treeOf(
  id: string,
  { vip, additionalVips }: Addresses,
  parts: { readonly listeners: readonly ListenerTree[]; readonly pools: readonly PoolTree[] },
): LoadBalancerTree {
  return {
    id,
    projectId: 'p0000000000000000000000000000000',
    name: null,
    description: null,
    isEnabled: true,
    provisioningStatus: 'PENDING_UPDATE',
    operatingStatus: 'ONLINE',
    topology: 'SINGLE',
    provider: 'amphora',
    flavorId: null,
    availabilityZone: null,
    vip,
    additionalVips,
    tags: [],
    createdAt: new Date(0),
    updatedAt: null,
    amphorae: [],
    ...parts,
  };
}
