import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Amphora } from '#core/domain/amphora.ts';
import type { HealthMonitor } from '#core/domain/health-monitor.ts';
import type { LoadBalancerTree, PoolTree } from '#core/domain/load-balancer-tree.ts';
import { readGoldenCase } from '#core/haproxy/testing/golden-case.ts';
import type { AmphoraDriver } from '#core/ports/amphora.ts';
import type { Subnet } from '#core/ports/network.ts';
import { amphoraRestDriver } from '#drivers/amphora-rest/driver.ts';
import type { AmphoraRestOptions } from '#drivers/amphora-rest/options.ts';
import { createTestPki, type TestPki } from '#drivers/amphora-rest/testing/test-driver.ts';
import { run } from '../../../amphora-agent/testing/command.ts';
import { TestMachine } from '../../../amphora-agent/testing/machine.ts';

export const VIP = '203.0.113.10';
export const SECOND_VIP = '2001:db8:10::5';
const PORTS = [8001, 8002] as const;
export const UDP_PORTS = [9001, 9002] as const;
const MACS = ['fa:16:3e:00:00:01', 'fa:16:3e:00:00:02'] as const;
const UDP_LISTENER_ID = '00000000-0000-4000-8000-000000000004';
const VRRP_IPS = ['203.0.113.20', '203.0.113.21'] as const;
const AMPHORAE = ['MASTER', 'BACKUP'] as const;

const subnets: readonly Subnet[] = [
  { id: 'four', cidr: '203.0.113.0/24', ipVersion: 4, gatewayIp: '203.0.113.1' },
  { id: 'six', cidr: '2001:db8:10::/64', ipVersion: 6, gatewayIp: '2001:db8:10::1' },
].map((each) => ({ ...each, networkId: 'n', hostRoutes: [] }) as Subnet);

/** Two machines with the real agent, and the driver of the controllers, on one tenant's network. */
export class AmphoraPair {
  readonly machines: readonly [TestMachine, TestMachine];
  readonly tree: LoadBalancerTree;
  readonly driver: AmphoraDriver;
  /** Takes the agents for Octavia's. */
  readonly slowDriver: AmphoraDriver;
  readonly #pki: TestPki;

  private constructor(machines: readonly [TestMachine, TestMachine], pki: TestPki) {
    this.machines = machines;
    this.#pki = pki;
    this.tree = treeOf(machines);
    const options = this.#options();
    this.driver = amphoraRestDriver(options);
    const vrrp = { ...options.vrrp, fastAdvertIntervalMs: 0 };
    this.slowDriver = amphoraRestDriver({ ...options, vrrp });
  }

  #options(): AmphoraRestOptions {
    const { directory } = this.#pki;
    return this.#pki.options(9443, {
      clientCertPath: join(directory, 'agent-client.pem'),
      serverCaPath: join(directory, 'agent-ca.pem'),
      readTimeoutMs: 20_000,
      patience: { attemptsMax: 50, intervalMs: 100 },
      network: {
        getSubnet: (id) => Promise.resolve(subnets.find((each) => each.id === id) ?? null),
      },
      pathsOf: (id) => {
        const machine = this.machines.find(({ amphoraId }) => amphoraId === id);
        const base = machine?.base ?? '';
        return { basePath: base, baseCertDir: join(base, 'certs'), serviceManager: 'child' };
      },
    });
  }

  static async create(): Promise<AmphoraPair> {
    const first = await TestMachine.create({ topology: 'ACTIVE_STANDBY' });
    const pki = await createTestPki();
    const { authority, client } = first.certificates;
    await writeFile(join(pki.directory, 'agent-client.pem'), client);
    await writeFile(join(pki.directory, 'agent-ca.pem'), authority.certificatePem);
    const second = await TestMachine.create({ topology: 'ACTIVE_STANDBY', beside: first });
    return new AmphoraPair([first, second], pki);
  }

  get amphorae(): readonly Amphora[] {
    return this.tree.amphorae;
  }

  /** Brings both to where a controller has them when the load balancer becomes ACTIVE. */
  async start(): Promise<void> {
    const { tenantNamespace } = this.machines[0];
    await run('ip', '-n', tenantNamespace, 'address', 'add', '2001:db8:10::1/64', 'dev', 'br0');
    await Promise.all(this.machines.map((_, index) => this.#startOne(index)));
  }

  async #startOne(index: number): Promise<void> {
    const machine = this.machines[index];
    const amphora = this.amphorae[index];
    const [four, six] = subnets;
    if (!(machine && amphora && four && six)) throw new Error(`there is no amphora ${index}`);
    await machine.startAgent();
    await this.plugNic(machine);
    await this.driver.plugVip(amphora, {
      vipAddress: VIP,
      subnet: four,
      macAddress: MACS[index] ?? '',
      vrrpIp: VRRP_IPS[index] ?? '',
      mtu: null,
      additionalVips: [{ ipAddress: SECOND_VIP, subnet: six }],
    });
    await this.driver.applyLoadBalancer(amphora, this.tree);
    await this.driver.applyVrrp(amphora, this.tree);
  }

  async plugNic(machine: TestMachine): Promise<void> {
    await machine.plugNic(MACS[this.machines.indexOf(machine)] ?? '');
  }

  /** Those that have the VIP's address now. */
  async holders(address = VIP): Promise<readonly TestMachine[]> {
    const found = await Promise.all(
      this.machines.map(async (machine) => {
        const said = await run('ip', '-n', machine.haproxyNamespace, 'address').catch(() => '');
        return said.includes(` ${address}/`) ? [machine] : [];
      }),
    );
    return found.flat();
  }

  other(machine: TestMachine): TestMachine {
    const [first, second] = this.machines;
    return machine === first ? second : first;
  }

  /** What keepalived said of itself last. */
  async state(machine: TestMachine): Promise<string> {
    const text = await readFile(join(machine.base, 'vrrp', 'state'), 'utf8').catch(() => '');
    return text.trim();
  }

  /** The process of a pid file below a machine's state. */
  async pid(machine: TestMachine, file: string): Promise<number> {
    return Number((await readFile(join(machine.base, file), 'utf8')).trim());
  }

  async remove(): Promise<void> {
    for (const machine of this.machines.toReversed()) await machine.remove();
    await this.#pki.remove();
  }
}

/** As often as it can be. */
const pingMonitor = {
  id: '00000000-0000-4000-8000-000000000001',
  type: 'PING',
  isEnabled: true,
  provisioningStatus: 'ACTIVE',
  delaySeconds: 1,
  timeoutSeconds: 1,
  maxRetries: 1,
  maxRetriesDown: 3,
} as HealthMonitor;

const udpMonitor = {
  ...pingMonitor,
  id: '00000000-0000-4000-8000-000000000002',
  type: 'UDP-CONNECT',
} as HealthMonitor;

/** A UDP listener like the tree's own, at the same addresses, and its pool. */
function withUdp(tree: LoadBalancerTree): LoadBalancerTree {
  const [listener] = tree.listeners;
  const [pool] = tree.pools;
  if (!(listener && pool)) throw new Error('the recorded tree has no listener with a pool');
  const id = '00000000-0000-4000-8000-000000000003';
  const udp = { protocol: 'UDP', protocolPort: 53, defaultPoolId: id } as const;
  const udpPool: PoolTree = {
    ...pool,
    id,
    protocol: 'UDP',
    sessionPersistence: null,
    healthMonitor: udpMonitor,
    members: membersAt(pool, UDP_PORTS),
  };
  return {
    ...tree,
    listeners: [...tree.listeners, { ...listener, ...udp, id: UDP_LISTENER_ID }],
    pools: [...tree.pools, udpPool],
  };
}

function membersAt({ members }: PoolTree, ports: readonly number[]): PoolTree['members'] {
  return members.map((member, index) => ({
    ...member,
    address: '203.0.113.1',
    protocolPort: ports[index] ?? 0,
  }));
}

/** The recorded pair whose clients stick to members by their address, with two members that are there. */
function treeOf(machines: readonly TestMachine[]): LoadBalancerTree {
  const { tree } = readGoldenCase('25-active-standby-peers');
  const amphorae = machines.map((machine, index) => ({
    ...(tree.amphorae[index] as Amphora),
    id: machine.amphoraId,
    lbNetworkIp: machine.address,
    vrrpIp: VRRP_IPS[index] ?? '',
    role: AMPHORAE[index] ?? 'BACKUP',
  }));
  return withUdp({
    ...tree,
    vip: { ...tree.vip, address: VIP, subnetId: 'four' },
    additionalVips: [{ subnetId: 'six', ipAddress: SECOND_VIP, portId: null, networkId: null }],
    amphorae,
    pools: tree.pools.map((pool) => ({
      ...pool,
      healthMonitor: pingMonitor,
      members: membersAt(pool, PORTS),
    })),
  });
}
