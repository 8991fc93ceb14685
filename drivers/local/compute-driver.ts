import { resolve, sep } from 'node:path';
import { DriverFailure } from '#core/domain/errors.ts';
import type { BootFile, ComputeDriver, ComputeInstance } from '#core/ports/compute.ts';
import { isAgentAlive, tailOfLog } from './agent-process.ts';
import { localAmphoraPaths } from './amphora-paths.ts';
import type { LocalCloudOptions } from './cloud-options.ts';
import { change, named } from './failures.ts';
import { attach, buildServer, detach, recordServer, removeServer } from './server.ts';
import { type Server, servers } from './server-table.ts';

const BUILD_ATTEMPTS_MAX = 3;

/**
 * A machine is a network namespace on this box, with the agent in it. What exists is written down first, then made,
 * under the lock of the machine's row: whoever repeats a call finds what the one before it began.
 */
export function localCompute(options: LocalCloudOptions): ComputeDriver {
  const { database } = options;
  return {
    async build({ amphoraId, files }) {
      assertInside(localAmphoraPaths(options, amphoraId).root, amphoraId, files);
      for (let attempt = 1; attempt <= BUILD_ATTEMPTS_MAX; attempt++) {
        const { id } = await change(database, (tx) => recordServer(tx, options, amphoraId));
        const isBuilt = await change(database, (tx) => buildServer(tx, options, id, files));
        if (isBuilt) return { computeId: id };
      }
      throw new DriverFailure(
        `somebody deletes the machine of amphora ${amphoraId} again and again`,
        {
          retryable: true,
        },
      );
    },

    delete: (computeId) =>
      change(database, async (tx) => {
        const server = await servers.lock(tx, computeId);
        if (server !== null) await removeServer(tx, options, server);
      }),

    find: (amphoraId) =>
      named(async () => instanceOf(options, await servers.findByAmphora(database, amphoraId))),

    get: (computeId) =>
      named(async () => instanceOf(options, await servers.find(database, computeId))),

    attachPort: (computeId, portId) =>
      change(database, (tx) => attach(tx, options, computeId, portId)),

    detachPort: (computeId, portId) =>
      change(database, (tx) => detach(tx, options, computeId, portId)),
  };
}

async function instanceOf(
  options: LocalCloudOptions,
  server: Server | null,
): Promise<ComputeInstance | null> {
  if (server === null) return null;
  const { id: computeId, amphoraId, lbNetworkIp } = server;
  const place = { computeId, zone: null, imageId: null, computeFlavor: null };
  if (server.startedAt === null) {
    const isGone = await removeAbandoned(options, server);
    return isGone ? null : { ...place, status: 'BUILDING', fault: null, lbNetworkIp: null };
  }
  const paths = localAmphoraPaths(options, amphoraId);
  if (isAgentAlive(options, amphoraId, paths))
    return { ...place, status: 'ACTIVE', fault: null, lbNetworkIp };
  const tail = await tailOfLog(paths);
  const fault = `the agent does not run; its last words: ${tail || '(none)'}`;
  return { ...place, status: 'ERROR', fault, lbNetworkIp };
}

/** What a builder that died left half-made will never be a machine: nobody else has its files. Then there is none. */
async function removeAbandoned(options: LocalCloudOptions, { id }: Server): Promise<boolean> {
  return change(options.database, async (tx) => {
    const abandoned = await servers.lockAbandoned(tx, id);
    if (abandoned === null) return false;
    await removeServer(tx, options, abandoned);
    return true;
  });
}

function assertInside(root: string, amphoraId: string, files: readonly BootFile[]): void {
  for (const { path } of files) {
    if (resolve(path) !== path || !path.startsWith(root + sep))
      throw new DriverFailure(
        `boot file ${path} of amphora ${amphoraId} must be an absolute path below ${root}`,
        { retryable: false },
      );
  }
}
