import { resolve, sep } from 'node:path';
import { DriverFailure } from '#core/domain/errors.ts';
import { AntiAffinity } from '#core/domain/machine-spec.ts';
import type { BootFile, ComputeDriver, ComputeInstance } from '#core/ports/compute.ts';
import { isAgentAlive, tailOfLog } from './agent-process.ts';
import { localAmphoraPaths } from './amphora-paths.ts';
import type { LocalCloudOptions } from './cloud-options.ts';
import { change, named } from './failures.ts';
import { destroyMachine } from './machine.ts';
import { assertManaged } from './machine-limits.ts';
import { localServerGroupId } from './names.ts';
import {
  attach,
  buildServer,
  detach,
  recordServer,
  removeBootVolume,
  removeServer,
} from './server.ts';
import { type Server, servers } from './server-table.ts';
import { strangersOf } from './strangers.ts';

const BUILD_ATTEMPTS_MAX = 3;

/**
 * A machine is a network namespace on this box, with the agent in it. What exists is written down first, then made,
 * under the lock of the machine's row: whoever repeats a call finds what the one before it began.
 */
export function localCompute(options: LocalCloudOptions): ComputeDriver {
  const { database } = options;
  return {
    async build({ amphoraId, files, spec }) {
      assertManaged(options.namePrefix, `amphora ${amphoraId}`, spec.managementNetworkIds);
      assertInside(localAmphoraPaths(options, amphoraId).root, amphoraId, files);
      for (let attempt = 1; attempt <= BUILD_ATTEMPTS_MAX; attempt++) {
        const { id } = await change(database, (tx) => recordServer(tx, options, amphoraId, spec));
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
        if (server !== null) {
          await removeServer(tx, options, server);
          await removeBootVolume(tx, options, server);
        } else if ((await strangersOf(options)).includes(computeId))
          await destroyMachine(options, computeId, []);
      }),

    find: (amphoraId) =>
      named(async () => instanceOf(options, await servers.findByAmphora(database, amphoraId))),

    get: (computeId) =>
      named(async () => instanceOf(options, await servers.find(database, computeId))),

    list: () =>
      named(async () => {
        // A machine that the tables do not know has no id but its amphora's.
        const strangers = await strangersOf(options);
        const built = await servers.ofCloud(database, options.namePrefix);
        return [
          ...built.map(({ id: computeId, amphoraId }) => ({ computeId, amphoraId })),
          ...strangers.map((amphoraId) => ({ computeId: amphoraId, amphoraId })),
        ];
      }),

    attachPort: (computeId, portId) =>
      change(database, (tx) => attach(tx, options, computeId, portId)),

    detachPort: (computeId, portId) =>
      change(database, (tx) => detach(tx, options, computeId, portId)),

    async ensureServerGroup(name, policy) {
      if (policy === AntiAffinity.Hard)
        throw refusal(
          `server group ${name} cannot keep machines apart: one box is one host; set [nova] anti_affinity_policy to ${AntiAffinity.Soft}, or enable_anti_affinity to false`,
        );
      return localServerGroupId(options.namePrefix, name);
    },

    // Nothing is kept of it but its name.
    deleteServerGroup: async () => {},
  };
}

async function instanceOf(
  options: LocalCloudOptions,
  server: Server | null,
): Promise<ComputeInstance | null> {
  if (server === null) return null;
  const { id: computeId, amphoraId, lbNetworkIp, zone, imageId, computeFlavor } = server;
  const place = { computeId, zone, imageId, computeFlavor };
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

/**
 * What a builder that died left half-made will never be a machine: nobody else has its files. Then there is none; its
 * volume waits for the next.
 */
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
      throw refusal(
        `boot file ${path} of amphora ${amphoraId} must be an absolute path below ${root}`,
      );
  }
}

function refusal(message: string): DriverFailure {
  return new DriverFailure(message, { retryable: false });
}
