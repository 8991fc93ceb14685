import { randomUUID } from 'node:crypto';
import type { Amphora } from '#core/domain/amphora.ts';
import { DEFAULT_MACHINE } from '#core/domain/machine-spec.ts';
import type { AdditionalVip, Vip } from '#core/domain/vip.ts';
import type { AmphoraDriver } from '#core/ports/amphora.ts';
import type { NetworkDriver, Subnet } from '#core/ports/network.ts';
import type { TestPki } from '#drivers/amphora-rest/testing/test-driver.ts';
import { type LocalAmphoraPaths, localAmphoraPaths } from '#drivers/local/amphora-paths.ts';
import type { LocalCloudOptions } from '#drivers/local/cloud-options.ts';
import { localCompute } from '#drivers/local/compute-driver.ts';
import { renderAgentConfig } from '../../../worker/agent-config.ts';

export const AGENT_PORT = 9443;
/** For a machine that may take its time. */
export const PATIENCE = { attemptsMax: 600, intervalMs: 50 };

export interface Addresses {
  readonly vip: Vip;
  readonly additionalVips: readonly AdditionalVip[];
}

/** A machine of the one-box cloud whose agent answers. */
export async function bootAmphora(
  options: LocalCloudOptions,
  pki: TestPki,
  driver: AmphoraDriver,
): Promise<Amphora> {
  const amphoraId = randomUUID();
  const paths = localAmphoraPaths(options, amphoraId);
  const compute = localCompute(options);
  const { computeId } = await compute.build({
    amphoraId,
    files: [
      { path: paths.agentConfig, contents: agentConfig(amphoraId, paths) },
      { path: paths.serverCert, contents: await pki.agentPem(amphoraId) },
      { path: paths.clientCa, contents: pki.clientCa.certificatePem },
    ],
    spec: DEFAULT_MACHINE,
  });
  const machine = await compute.get(computeId);
  const amphora = { id: amphoraId, computeId, lbNetworkIp: machine?.lbNetworkIp } as Amphora;
  await driver.getInfo(amphora, PATIENCE);
  return amphora;
}

/** Brings the VIPs up on a port of its own, as the flows do. */
export async function plugVips(
  options: LocalCloudOptions,
  driver: AmphoraDriver,
  network: NetworkDriver,
  amphora: Amphora,
  { vip, additionalVips }: Addresses,
): Promise<void> {
  const subnets = [vip, ...additionalVips].map(({ subnetId }) => subnetId ?? '');
  const port = await network.createPort({
    name: `octavia-lb-vrrp-${amphora.id}`,
    networkId: vip.networkId ?? '',
    deviceId: amphora.computeId ?? '',
    fixedIps: subnets.slice(0, 1).map((subnetId) => ({ subnetId })),
    allowedAddresses: [],
    securityGroupIds: [],
  });
  await localCompute(options).attachPort(amphora.computeId ?? '', port.id);
  const subnetOf = async (id: string | null): Promise<Subnet> => {
    const subnet = await network.getSubnet(id ?? '');
    if (subnet === null) throw new Error(`no subnet ${id}`);
    return subnet;
  };
  await driver.plugVip(amphora, {
    vipAddress: vip.address ?? '',
    subnet: await subnetOf(vip.subnetId),
    macAddress: port.macAddress,
    vrrpIp: port.fixedIps[0]?.ipAddress ?? '',
    mtu: null,
    additionalVips: await Promise.all(
      additionalVips.map(async ({ ipAddress, subnetId }) => ({
        ipAddress: ipAddress ?? '',
        subnet: await subnetOf(subnetId),
      })),
    ),
  });
}

function agentConfig(amphoraId: string, paths: LocalAmphoraPaths): string {
  return renderAgentConfig({
    amphoraId,
    topology: 'SINGLE',
    isDebug: false,
    haproxyCmd: '/usr/sbin/haproxy',
    bindPort: AGENT_PORT,
    controllers: [],
    heartbeatIntervalSeconds: 10,
    heartbeatKey: 'nobody watches this amphora',
    heartbeatWire: 'native',
    requestReadTimeoutSeconds: 180,
    tlsProtocolMin: 'TLSv1.2',
    userLogFacility: 0,
    administrativeLogFacility: 1,
    forwarding: null,
    accessLogBytesMax: 0,
    paths,
  });
}
