import { mkdir, readlink, rm, symlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DriverFailure } from '#core/domain/errors.ts';
import { isAgentAlive, startAgent } from './agent-process.ts';
import { type LocalAmphoraPaths, localAmphoraPaths, stateFolder } from './amphora-paths.ts';
import { limitPort } from './bandwidth.ts';
import type { LocalCloudOptions } from './cloud-options.ts';
import { ipBatch, ipBatchAnyway } from './command.ts';
import { linkExists } from './links.ts';
import { bridgeOf, hostLinkOf, machineLinkOf, machineNamespaceOf, queueLinkOf } from './names.ts';
import { creation, removeNamespaces } from './namespaces.ts';
import type { LocalPort } from './port-table.ts';
import { unmountDisk } from './volume-disk.ts';

/**
 * Brings a machine to where it runs: folder, namespace, NICs, agent. What is there already stays as it is, so that it
 * may be called on any remains of an earlier call.
 */
export async function powerOn(
  options: LocalCloudOptions,
  amphoraId: string,
  ports: readonly LocalPort[],
  prefixLength: number,
): Promise<void> {
  const paths = localAmphoraPaths(options, amphoraId);
  const namespace = machineNamespaceOf(options.namePrefix, amphoraId);
  await Promise.all([
    makeFolders(paths),
    ipBatch([
      ...creation(namespace),
      ...ports.flatMap((port) => nicCreation(options.namePrefix, port, namespace)),
    ]),
  ]);
  for (const port of ports.filter(({ qosRules }) => qosRules.length > 0))
    await limitPort(options.namePrefix, port);
  await ipBatch(['link set lo up', ...managementSetup(ports, prefixLength)], namespace);
  if (!isAgentAlive(options, amphoraId, paths)) await startAgent(options, amphoraId, paths);
}

/** Leaves nothing of a machine on the host; half-built or gone already is fine. */
export async function destroyMachine(
  options: Pick<LocalCloudOptions, 'dataDir' | 'namePrefix' | 'clock'>,
  amphoraId: string,
  ports: readonly LocalPort[],
): Promise<void> {
  const paths = localAmphoraPaths(options, amphoraId);
  await removeNics(options.namePrefix, ports);
  await removeNamespaces(
    [machineNamespaceOf(options.namePrefix, amphoraId), paths.haproxyNamespace],
    options.clock,
  );
  await rm(paths.basePath, { force: true });
  await unmountDisk(options, amphoraId);
  await rm(paths.root, { recursive: true, force: true });
}

/**
 * The `ip` commands that are missing for a port to be a NIC in a namespace, still down: in a machine the agent knows
 * it by its MAC, moves it and brings it up.
 */
export function nicCreation(
  prefix: string,
  port: LocalPort,
  namespace: string,
  inside: string = port.isManagement ? 'eth0' : machineLinkOf(port.number),
): readonly string[] {
  const link = hostLinkOf(prefix, port.number);
  const pair = `link add ${link} type veth peer name ${inside} address ${port.macAddress} netns ${namespace}`;
  const plug = `link set ${link} addrgenmode none master ${bridgeOf(prefix, port.networkId)} up`;
  return linkExists(link) ? [plug] : [pair, plug];
}

/** Pulls the NICs out, wherever the machine's ends are by now: one end of a pair takes the other with it. */
export async function removeNics(prefix: string, ports: readonly LocalPort[]): Promise<void> {
  const links = ports
    .flatMap(({ number }) => [hostLinkOf(prefix, number), queueLinkOf(prefix, number)])
    .filter(linkExists);
  await ipBatchAnyway(links.map((link) => `link delete ${link}`));
  const left = links.filter(linkExists);
  if (left.length > 0)
    throw new DriverFailure(`links ${left.join(', ')} could not be deleted`, { retryable: true });
}

function managementSetup(ports: readonly LocalPort[], prefixLength: number): readonly string[] {
  const address = ports.find((port) => port.isManagement)?.fixedIps[0]?.ipAddress;
  if (address === undefined) return [];
  return [
    'link set eth0 addrgenmode none up',
    `address replace ${address}/${prefixLength} dev eth0`,
  ];
}

/** Others may pass through, for HAProxy does not run as root; only root may look inside. */
async function makeFolders(paths: LocalAmphoraPaths): Promise<void> {
  const state = stateFolder(paths.root);
  for (const folder of [state, paths.networkDir, dirname(paths.basePath)])
    await mkdir(folder, { recursive: true, mode: 0o711 });
  if ((await readlink(paths.basePath).catch(() => null)) === state) return;
  await rm(paths.basePath, { force: true });
  await symlink(state, paths.basePath);
}
