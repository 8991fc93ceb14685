import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DriverFailure } from '#core/domain/errors.ts';
import type { MachineSpec } from '#core/domain/machine-spec.ts';
import type { BootFile } from '#core/ports/compute.ts';
import type { Transaction } from '#core/ports/transaction.ts';
import { limitPort } from './bandwidth.ts';
import { LB_NETWORK_NAME, type LocalCloudOptions } from './cloud-options.ts';
import { ipBatch } from './command.ts';
import { destroyMachine, nicCreation, powerOn, removeNics } from './machine.ts';
import { localNetworkId, localSubnetId, machineNamespaceOf } from './names.ts';
import { findSubnet } from './network-table.ts';
import { ports } from './port-table.ts';
import { type Server, servers } from './server-table.ts';
import { mountDisk, removeDisk } from './volume-disk.ts';
import { volumes } from './volume-table.ts';

/** Starts a machine that the tables know, if it does not run. The caller holds its lock. */
export async function powerOnServer(
  tx: Transaction,
  options: LocalCloudOptions,
  { id, amphoraId, bootVolumeId }: Server,
): Promise<void> {
  const own = await ports.ofServer(tx, id);
  const subnet = await findSubnet(tx, localSubnetId(options.namePrefix, LB_NETWORK_NAME));
  if (subnet === null)
    throw failure('the LB network does not exist; start the one-box cloud first');
  if (bootVolumeId !== null) await mountDisk(options, amphoraId);
  await powerOn(options, amphoraId, own, Number(subnet.cidr.split('/')[1]));
  await servers.markStarted(tx, id);
}

export async function recordServer(
  tx: Transaction,
  { namePrefix }: LocalCloudOptions,
  amphoraId: string,
  spec: MachineSpec,
): Promise<Server> {
  const server = await servers.ensure(tx, namePrefix, amphoraId, spec);
  await ports.create(
    tx,
    {
      name: `management-${amphoraId}`,
      networkId: localNetworkId(namePrefix, LB_NETWORK_NAME),
      deviceId: server.id,
      serverId: server.id,
      fixedIps: [{ subnetId: localSubnetId(namePrefix, LB_NETWORK_NAME) }],
    },
    true,
  );
  return server;
}

/** @returns false when the machine was deleted since it was recorded */
export async function buildServer(
  tx: Transaction,
  options: LocalCloudOptions,
  id: string,
  files: readonly BootFile[],
): Promise<boolean> {
  const server = await servers.lock(tx, id);
  if (server === null) return false;
  if (server.bootVolumeId !== null) await mountDisk(options, server.amphoraId);
  await writeFiles(files);
  await powerOnServer(tx, options, server);
  return true;
}

/** The volume that it booted from stays. */
export async function removeServer(
  tx: Transaction,
  options: LocalCloudOptions,
  server: Server,
): Promise<void> {
  await destroyMachine(options, server.amphoraId, await ports.ofServer(tx, server.id));
  await servers.delete(tx, server.id);
}

/** As Nova does with a volume that it was told to delete on termination. */
export async function removeBootVolume(
  tx: Transaction,
  options: LocalCloudOptions,
  { amphoraId, bootVolumeId }: Server,
): Promise<void> {
  if (bootVolumeId === null || (await volumes.lock(tx, bootVolumeId)) === null) return;
  await removeDisk(options, amphoraId);
  await volumes.delete(tx, bootVolumeId);
}

export async function attach(
  tx: Transaction,
  options: LocalCloudOptions,
  computeId: string,
  portId: string,
): Promise<void> {
  const server = await servers.lock(tx, computeId);
  if (server === null)
    throw failure(`machine ${computeId} does not exist; nothing can be attached to it`);
  const port = await ports.find(tx, portId);
  if (port === null)
    throw failure(`port ${portId} does not exist; it cannot be attached to machine ${computeId}`);
  if (port.serverId !== null && port.serverId !== computeId)
    throw failure(`port ${portId} is attached to machine ${port.serverId}; detach it there first`);
  await ports.plugInto(tx, portId, computeId);
  const namespace = machineNamespaceOf(options.namePrefix, server.amphoraId);
  await ipBatch(nicCreation(options.namePrefix, port, namespace));
  // Read once the row is ours: its policy may have changed meanwhile.
  const plugged = await ports.find(tx, portId);
  if (plugged !== null && plugged.qosRules.length > 0) await limitPort(options.namePrefix, plugged);
}

export async function detach(
  tx: Transaction,
  { namePrefix }: LocalCloudOptions,
  computeId: string,
  portId: string,
): Promise<void> {
  await servers.lock(tx, computeId);
  const port = await ports.find(tx, portId);
  if (port === null || port.serverId !== computeId || port.isManagement) return;
  await removeNics(namePrefix, [port]);
  await ports.unplug(tx, portId);
}

/** All of them may hold keys. Whole files only: an agent of an earlier call may be reading them. */
async function writeFiles(files: readonly BootFile[]): Promise<void> {
  for (const { path, contents } of files) {
    await mkdir(dirname(path), { recursive: true, mode: 0o711 });
    await rm(`${path}.new`, { force: true });
    await writeFile(`${path}.new`, contents, { mode: 0o600 });
    await rename(`${path}.new`, path);
  }
}

function failure(message: string): DriverFailure {
  return new DriverFailure(message, { retryable: false });
}
