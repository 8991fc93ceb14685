import { mkdir } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { migrate } from '#core/db/migrate.ts';
import { transaction } from '#core/db/transaction.ts';
import { DriverFailure } from '#core/domain/errors.ts';
import { boundLog } from './agent-process.ts';
import { amphoraeFolder, localAmphoraPaths } from './amphora-paths.ts';
import { limitProblem } from './bandwidth.ts';
import { bridgedFirewallProblem } from './bridged-firewall.ts';
import { type LocalCloudOptions, networksOf } from './cloud-options.ts';
import { assertRangesFree, clearHost, raiseBridges } from './host.ts';
import { destroyMachine } from './machine.ts';
import { filterTableOf, haproxyNamespaceOf, machineNamespaceOf } from './names.ts';
import { killProcesses } from './namespaces.ts';
import { filterOnBridges } from './network-driver.ts';
import { ensureNetwork } from './network-table.ts';
import { type NamedQosPolicy, qosPoliciesOf } from './qos-policy.ts';
import { keepQosPolicies } from './qos-policy-table.ts';
import { powerOnServer } from './server.ts';
import { type Server, servers } from './server-table.ts';
import { amphoraeWithNamespaces } from './strangers.ts';
import { filterCommands } from './vip-filter.ts';
import { vipFilters } from './vip-filter-table.ts';
import { unmountDisks } from './volume-disk.ts';

const MIGRATIONS = new URL('./migrations/', import.meta.url);
const POWER_ON_CONCURRENCY = 6;
const LOG_CHECK_INTERVAL_MS = 10_000;

/** The one-box cloud itself: what stands before the first machine, and what brings machines back after a restart. */
export class LocalCloud {
  readonly name = 'local-cloud';
  readonly #options: LocalCloudOptions;
  #turn: Promise<void> = Promise.resolve();
  #logCheck: NodeJS.Timeout | undefined;

  constructor(options: LocalCloudOptions) {
    this.#options = options;
  }

  /**
   * Makes the tables, the networks and their bridges, and powers on every machine that the tables know.
   * @throws Error naming the option that is not usable
   */
  start(): Promise<void> {
    return this.#next(() => this.#start());
  }

  /** Leaves nothing on the host; the tables and the amphorae's folders stay. Works when nothing was ever started. */
  stop(): Promise<void> {
    return this.#next(async () => {
      clearInterval(this.#logCheck);
      await clearHost(this.#options.namePrefix, this.#options.clock);
      await unmountDisks(this.#options);
    });
  }

  async #start(): Promise<void> {
    const { database, namePrefix, dataDir, logger } = this.#options;
    const networks = networksOf(this.#options);
    const policies = qosPoliciesOf(this.#options.qosPolicies);
    if (!isAbsolute(dataDir))
      throw new Error(`[local_cloud] data_dir is "${dataDir}"; it must be an absolute path`);
    await assertRangesFree(namePrefix, networks);
    await assertLimitable(namePrefix, policies);
    await mkdir(amphoraeFolder(dataDir), { recursive: true, mode: 0o711 });
    await migrate(database, MIGRATIONS, 'local-cloud');
    await transaction(database, async (tx) => {
      for (const network of networks) await ensureNetwork(tx, namePrefix, network);
      await keepQosPolicies(tx, namePrefix, policies);
    });
    await raiseBridges(namePrefix, networks);
    const problem = await bridgedFirewallProblem(namePrefix);
    if (problem !== null) logger.warn({ cloud: namePrefix }, problem);
    const filters = await vipFilters.ofCloud(database, namePrefix);
    await filterOnBridges(
      this.#options,
      filters.flatMap((filter) => filterCommands(filterTableOf(namePrefix), filter)),
    );
    const known = await servers.ofCloud(database, namePrefix);
    await this.#removeStrangers(known);
    await this.#powerOn(known);
    clearInterval(this.#logCheck);
    this.#logCheck = setInterval(() => void this.#boundLogs(), LOG_CHECK_INTERVAL_MS).unref();
    logger.info({ cloud: namePrefix, machines: known.length }, 'the one-box cloud is up');
  }

  /** Machines of a database that is no more: nobody would ever delete them. */
  async #removeStrangers(known: readonly Server[]): Promise<void> {
    const { namePrefix, logger } = this.#options;
    const ours = new Set(known.map((server) => server.amphoraId));
    for (const amphoraId of new Set(amphoraeWithNamespaces(namePrefix))) {
      if (ours.has(amphoraId)) continue;
      logger.warn({ amphora_id: amphoraId }, 'removing a machine that the tables do not know');
      await destroyMachine(this.#options, amphoraId, []);
    }
  }

  async #powerOn(known: readonly Server[]): Promise<void> {
    const left = [...known];
    const takeTurns = async (): Promise<void> => {
      for (let server = left.shift(); server; server = left.shift()) await this.#powerOnOne(server);
    };
    await Promise.all(Array.from({ length: POWER_ON_CONCURRENCY }, takeTurns));
  }

  /** One machine that does not come up must not keep the cloud down: it will be failed over. */
  async #powerOnOne({ id, amphoraId, startedAt }: Server): Promise<void> {
    // A build was cut short: whoever repeats or reverts it will find this machine.
    if (startedAt === null) return;
    const { database, logger } = this.#options;
    try {
      await transaction(database, async (tx) => {
        const server = await servers.lock(tx, id);
        if (server !== null) await powerOnServer(tx, this.#options, server);
      });
    } catch (error) {
      logger.error({ error, amphora_id: amphoraId }, 'a machine could not be powered on');
    }
  }

  async #boundLogs(): Promise<void> {
    const { database, namePrefix, logger } = this.#options;
    try {
      for (const { amphoraId } of await servers.ofCloud(database, namePrefix))
        await boundLog(localAmphoraPaths(this.#options, amphoraId));
    } catch (error) {
      logger.warn({ error }, 'could not look after the size of the agents’ logs');
    }
  }

  #next(work: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => {});
    return turn;
  }
}

async function assertLimitable(prefix: string, policies: readonly NamedQosPolicy[]): Promise<void> {
  const problem = policies.length === 0 ? null : await limitProblem(prefix);
  if (problem !== null)
    throw new Error(
      `[local_cloud] qos_policies is set, and this host cannot limit bandwidth; it needs tc, and ifb, sch_htb, sch_ingress, cls_u32 and act_mirred in the kernel: ${problem}`,
    );
}

/**
 * SIGKILL to everything in a machine and in its HAProxy namespace: what a power failure is. The machine stays known.
 * @throws DriverFailure when there is no such machine
 */
export async function killServer(options: LocalCloudOptions, computeId: string): Promise<void> {
  const server = await servers.find(options.database, computeId);
  if (server === null)
    throw new DriverFailure(`machine ${computeId} does not exist`, { retryable: false });
  await killAmphora(options, server.amphoraId);
}

/** The same for who knows the amphora's id, and has no database. */
export async function killAmphora(
  { namePrefix, clock }: Pick<LocalCloudOptions, 'namePrefix' | 'clock'>,
  amphoraId: string,
): Promise<void> {
  await killProcesses(
    [machineNamespaceOf(namePrefix, amphoraId), haproxyNamespaceOf(namePrefix, amphoraId)],
    clock,
  );
}
