import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, resolve, sep } from 'node:path';
import { transaction } from '#core/db/transaction.ts';
import { DriverFailure } from '#core/domain/errors.ts';
import type { BootFile, ComputeDriver, ComputeInstance } from '#core/ports/compute.ts';
import type { Transaction } from '#core/ports/transaction.ts';
import { isAgentAlive, tailOfLog } from './agent-process.ts';
import { localAmphoraPaths } from './amphora-paths.ts';
import { LB_NETWORK_NAME, type LocalCloudOptions } from './cloud-options.ts';
import { ipBatch } from './command.ts';
import { destroyMachine, nicCreation, powerOn, removeNics } from './machine.ts';
import { localNetworkId, localSubnetId, machineNamespaceOf } from './names.ts';
import { findSubnet } from './network-table.ts';
import { ports } from './port-table.ts';
import { type Server, servers } from './server-table.ts';

/**
 * A machine is a network namespace on this box, with the agent in it. What exists is written down first, then made,
 * under the lock of the machine's row: whoever repeats a call finds what the one before it began.
 */
export function localCompute(options: LocalCloudOptions): ComputeDriver {
  const { database } = options;
  return {
    async build({ amphoraId, files }) {
      assertInside(localAmphoraPaths(options, amphoraId).root, amphoraId, files);
      const { id } = await transaction(database, (tx) => recordServer(tx, options, amphoraId));
      await transaction(database, async (tx) => {
        if ((await servers.lock(tx, id)) === null)
          throw failure(`the machine of amphora ${amphoraId} was deleted while it was being built`);
        await writeFiles(files);
        await powerOnServer(tx, options, id, amphoraId);
      });
      return { computeId: id };
    },

    async delete(computeId) {
      await transaction(database, async (tx) => {
        const server = await servers.lock(tx, computeId);
        if (server === null) return;
        await destroyMachine(options, server.amphoraId, await ports.ofServer(tx, computeId));
        await servers.delete(tx, computeId);
      });
    },

    async find(amphoraId) {
      return instanceOf(options, await servers.findByAmphora(database, amphoraId));
    },

    async get(computeId) {
      return instanceOf(options, await servers.find(database, computeId));
    },

    async attachPort(computeId, portId) {
      await transaction(database, (tx) => attach(tx, options, computeId, portId));
    },

    async detachPort(computeId, portId) {
      await transaction(database, async (tx) => {
        await servers.lock(tx, computeId);
        const port = await ports.find(tx, portId);
        if (port === null || port.serverId !== computeId || port.isManagement) return;
        await removeNics(options.namePrefix, [port]);
        await ports.unplug(tx, portId);
      });
    },
  };
}

/** Starts a machine that the tables know, if it does not run. The caller holds its lock. */
export async function powerOnServer(
  tx: Transaction,
  options: LocalCloudOptions,
  id: string,
  amphoraId: string,
): Promise<void> {
  const own = await ports.ofServer(tx, id);
  const subnet = await findSubnet(tx, localSubnetId(options.namePrefix, LB_NETWORK_NAME));
  if (subnet === null)
    throw failure('the LB network does not exist; start the one-box cloud first');
  await powerOn(options, amphoraId, own, Number(subnet.cidr.split('/')[1]));
  await servers.markStarted(tx, id);
}

async function recordServer(
  tx: Transaction,
  { namePrefix }: LocalCloudOptions,
  amphoraId: string,
): Promise<Server> {
  const server = await servers.ensure(tx, namePrefix, amphoraId);
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

async function attach(
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
}

async function instanceOf(
  options: LocalCloudOptions,
  server: Server | null,
): Promise<ComputeInstance | null> {
  if (server === null) return null;
  const paths = localAmphoraPaths(options, server.amphoraId);
  const place = { zone: null, imageId: null, computeFlavor: null };
  const computeId = server.id;
  if (server.startedAt === null)
    return { computeId, status: 'BUILDING', fault: null, lbNetworkIp: null, ...place };
  const { lbNetworkIp } = server;
  if (isAgentAlive(options, server.amphoraId, paths))
    return { computeId, status: 'ACTIVE', fault: null, lbNetworkIp, ...place };
  const tail = await tailOfLog(paths);
  const fault = `the agent does not run; its last words: ${tail || '(none)'}`;
  return { computeId, status: 'ERROR', fault, lbNetworkIp, ...place };
}

function assertInside(root: string, amphoraId: string, files: readonly BootFile[]): void {
  for (const { path } of files) {
    if (resolve(path) !== path || !path.startsWith(root + sep))
      throw failure(
        `boot file ${path} of amphora ${amphoraId} must be an absolute path below ${root}`,
      );
  }
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
