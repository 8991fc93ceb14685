import type { Database } from '#core/db/pool.ts';
import type { Logger } from '#core/ports/logger.ts';
import { addressRange, firstAddress } from '#drivers/local/address-range.ts';
import { LocalCloud } from '#drivers/local/local-cloud.ts';
import { localNetworkId, localQosPolicyId, localSubnetId } from '#drivers/local/names.ts';
import { localOptions } from './local-options.ts';
import type { OneBoxOptions } from './options.ts';
import { reasonOf, StartProblem } from './start-problem.ts';
import type { KnownQosPolicy, TenantNetwork } from './state-file.ts';

/** What lies under the daemons beside the databases: the networks, and the amphorae of an earlier run. */
export interface Ground {
  /** The address at which amphorae reach the health manager. */
  readonly heartbeatHost: string;
  readonly networks: readonly TenantNetwork[];
  readonly qosPolicies: readonly KnownQosPolicy[];
  start(): Promise<void>;
  /** Leaves no process, namespace, link or filter behind. */
  stop(): Promise<void>;
}

export function openGround(options: OneBoxOptions, database: Database, logger: Logger): Ground {
  return options.drivers === 'noop' ? noGround() : localGround(options, database, logger);
}

/** Noop drivers stand on nothing: any id is a network, and nobody sends a heartbeat. */
function noGround(): Ground {
  return {
    heartbeatHost: '127.0.0.1',
    networks: [],
    qosPolicies: [],
    start: async () => {},
    stop: async () => {},
  };
}

function localGround(options: OneBoxOptions, database: Database, logger: Logger): Ground {
  const { namePrefix, dataDir, lbNetworkCidr, network, qosPolicies } = options;
  const settings = { namePrefix, dataDir, lbNetworkCidr, networks: [network], qosPolicies };
  const cloud = new LocalCloud(localOptions(settings, database, logger));
  return {
    heartbeatHost: firstAddressOf(lbNetworkCidr),
    networks: [tenantNetwork(namePrefix, network)],
    qosPolicies: qosPolicies.map((policy) => knownPolicy(namePrefix, policy)),
    start: () =>
      cloud.start().catch((error: unknown) => {
        throw new StartProblem(reasonOf(error), { cause: error });
      }),
    stop: () => cloud.stop(),
  };
}

function tenantNetwork(namePrefix: string, network: string): TenantNetwork {
  const [name = '', ranges = ''] = network.split('=');
  const [cidr = '', cidr6] = ranges.split('+');
  return {
    name,
    cidr,
    networkId: localNetworkId(namePrefix, name),
    subnetId: localSubnetId(namePrefix, name),
    ipv6:
      cidr6 === undefined ? null : { cidr: cidr6, subnetId: localSubnetId(namePrefix, name, 6) },
  };
}

function knownPolicy(namePrefix: string, policy: string): KnownQosPolicy {
  const [name = ''] = policy.split('=');
  return { name, id: localQosPolicyId(namePrefix, name) };
}

/** The host's own on that network. */
function firstAddressOf(cidr: string): string {
  const range = addressRange(cidr);
  if (range?.family !== 4)
    throw new StartProblem(
      `--lb-network is "${cidr}"; it must be an IPv4 network such as 172.30.0.0/20`,
    );
  return firstAddress(range);
}
