import { randomUUID } from 'node:crypto';
import type { Database } from '#core/db/pool.ts';
import { l7Policies } from '#core/db/repositories/l7-policy.ts';
import { transaction } from '#core/db/transaction.ts';
import { OperatingStatus, ProvisioningStatus } from '#core/domain/status.ts';
import type { NetworkDriver } from '#core/ports/network.ts';
import type { ProviderDriver } from '#core/ports/provider.ts';

export interface TestProvider extends ProviderDriver {
  readonly calls: { readonly action: string; readonly parameters: readonly unknown[] }[];
  /** When set, every call throws it. */
  fault: Error | null;
  readonly ports: Set<string>;
}

/** A provider of the tests' own: accepts everything, keeps what it was asked. */
export function testProvider(): TestProvider {
  const calls: TestProvider['calls'] = [];
  const ports = new Set<string>();
  const driver: Record<string, unknown> = {
    name: 'amphora',
    calls,
    ports,
    fault: null,
    async createVipPort(id: string, _project: string, vip: object, additional: object[]) {
      ports.add(id);
      const given = vip as Readonly<Record<string, unknown>>;
      const filled = {
        ...given,
        address: given['address'] ?? '198.0.2.5',
        portId: given['portId'] ?? randomUUID(),
        isOctaviaOwned: true,
      };
      return { vip: filled, additionalVips: additional };
    },
    async deleteVipPort(id: string) {
      ports.delete(id);
    },
  };
  const nouns = [
    'loadBalancer',
    'listener',
    'pool',
    'member',
    'healthMonitor',
    'l7Policy',
    'l7Rule',
  ];
  const actions = nouns.flatMap((noun) =>
    ['Create', 'Update', 'Delete'].map((verb) => `${noun}${verb}`),
  );
  const others = ['loadBalancerFailover', 'memberBatchUpdate'];
  const questions = ['validateFlavor', 'validateAvailabilityZone'];
  for (const action of [...actions, ...others, ...questions])
    driver[action] = async (...parameters: unknown[]) => {
      calls.push({ action, parameters });
      if (driver['fault']) throw driver['fault'];
    };
  return driver as unknown as TestProvider;
}

/** What a worker would do once the provider is done: pending objects become ACTIVE, or vanish. */
export function finishEverything(database: Database): Promise<void> {
  // One after the other: two at once would take the rows' locks in different orders.
  const before = finishing.get(database) ?? Promise.resolve();
  const finished = before.catch(() => undefined).then(() => finishAll(database));
  finishing.set(database, finished);
  return finished;
}

const finishing = new WeakMap<Database, Promise<void>>();

async function finishAll(database: Database): Promise<void> {
  const leaving = ProvisioningStatus.PendingDelete;
  for (const policy of await l7Policies.findBy(database, 'provisioningStatus', leaving))
    await transaction(database, (tx) => l7Policies.delete(tx, policy));
  for (const table of ['l7_rule', 'l7_policy', 'member', 'health_monitor', 'listener', 'pool']) {
    await write(database, `delete from ${table} where provisioning_status = '${leaving}'`);
    await write(
      database,
      // One that was told to go in this very moment goes the next time.
      `update ${table} set provisioning_status = 'ACTIVE'
       where provisioning_status not in ('ACTIVE', '${leaving}')`,
    );
  }
  await write(
    database,
    `update load_balancer set provisioning_status =
       case provisioning_status when 'PENDING_DELETE' then 'DELETED' when 'DELETED' then 'DELETED' else 'ACTIVE' end,
       operating_status = '${OperatingStatus.Online}'
     where provisioning_status not in ('ACTIVE', 'DELETED') or operating_status <> '${OperatingStatus.Online}'`,
  );
}

/** Again when it met a request in a deadlock. */
async function write(database: Database, statement: string): Promise<void> {
  await transaction(database, (tx) => tx.query(statement));
}

const isThere = (id: string): boolean => !id.startsWith('dead');
const unused = async (): Promise<never> => {
  throw new Error('not for the API');
};

/** A network service in which every id exists, but those that begin with `dead`. */
export function testNetwork(): NetworkDriver {
  const networkId = '11111111-1111-4111-8111-111111111111';
  const subnetId = '22222222-2222-4222-8222-222222222222';
  return {
    getNetwork: async (id) =>
      isThere(id) ? { id, name: 'private', subnetIds: [subnetId], mtu: null } : null,
    getSubnet: async (id) =>
      isThere(id)
        ? { id, networkId, cidr: '10.0.0.0/24', ipVersion: 4, gatewayIp: null, hostRoutes: [] }
        : null,
    getPort: async (id) =>
      isThere(id)
        ? {
            id,
            name: '',
            networkId,
            macAddress: 'fa:16:3e:00:00:01',
            fixedIps: [{ subnetId, ipAddress: '10.0.0.7' }],
            deviceId: id.startsWith('aaaa') ? 'vm' : '',
            qosPolicyId: null,
          }
        : null,
    hasQosPolicy: async (id) => isThere(id),
    hasSecurityGroup: async (id) => isThere(id),
    listPorts: async () => [],
    allocateVip: async (_id, _project, vip, additionalVips) => ({ vip, additionalVips }),
    deallocateVip: async () => {},
    createPort: unused,
    deletePort: unused,
    updateVipRules: unused,
  };
}
