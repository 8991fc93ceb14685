import { randomUUID } from 'node:crypto';
import { run } from './command.ts';
import { VIP } from './load-balancer.ts';
import { type LvsConfig, type LvsGiven, type LvsMemberGiven, lvsConfig } from './lvs-config.ts';
import { TestMachine } from './machine.ts';
import type { Answer } from './request.ts';
import { type Asking, UdpTenant } from './udp-tenant.ts';

export const PORT = 53;
export const TENANT = '203.0.113.1';
export const TENANT_6 = '2001:db8:113::1';
export const VIP_6 = '2001:db8:113::10';
/** The tenant's address on another network, and more of it where the VIP is. */
export const ELSEWHERE = '198.51.100.1';
/** So many that hashes do not send them all to the same member. */
export const OTHERS = Array.from({ length: 15 }, (_, index) => `203.0.113.${101 + index}`);
/** How long to wait for an answer that shall not come. */
export const UNHEARD_MS = 300;
export const HEARD_MS = 60_000;

export const one = { id: randomUUID(), address: TENANT, port: 9001 };
export const two = { id: randomUUID(), address: TENANT, port: 9002 };

/** A UDP listener on a test machine with a tenant who has two servers, driven as a controller drives it. */
export class TestUdpListener {
  readonly id = randomUUID();
  readonly poolId = randomUUID();
  readonly machine: TestMachine;
  tenant: UdpTenant;

  private constructor(machine: TestMachine) {
    this.machine = machine;
    this.tenant = new UdpTenant(machine.tenantNamespace);
  }

  static async open(): Promise<TestUdpListener> {
    const machine = await TestMachine.create();
    await machine.startAgent();
    const namespace = machine.tenantNamespace;
    for (const address of [...[ELSEWHERE, ...OTHERS].map((each) => `${each}/24`), `${TENANT_6}/64`])
      await run('ip', '-n', namespace, 'address', 'add', address, 'dev', 'br0', ...nodad(address));
    const listener = new TestUdpListener(machine);
    for (const plugged of [await plugVips(machine), await plugMemberNetwork(machine)])
      if (plugged.status !== 202) throw new Error(`not plugged: ${plugged.text}`);
    await listener.serveAll();
    return listener;
  }

  async close(): Promise<void> {
    this.tenant.stop();
    await this.machine.remove();
  }

  async serveAll(): Promise<void> {
    for (const [port, name] of [
      [one.port, 'one'],
      [two.port, 'two'],
    ] as const)
      for (const address of [TENANT, TENANT_6]) await this.tenant.serve(address, port, name);
  }

  upload({ listenerId, text }: LvsConfig): Promise<Answer> {
    const path = `/1.0/listeners/${this.machine.amphoraId}/${listenerId}/udp_listener`;
    return this.machine.ask('PUT', path, { body: text });
  }

  act(action: 'start' | 'stop' | 'reload'): Promise<Answer> {
    return this.machine.ask('PUT', `/1.0/loadbalancer/${this.id}/${action}`);
  }

  given(members: readonly LvsMemberGiven[], changes: Partial<LvsGiven> = {}): LvsGiven {
    const { id: listenerId, poolId } = this;
    return { vips: [VIP], port: PORT, members, listenerId, poolId, ...changes };
  }

  /** As it shall be now. */
  async push(members: readonly LvsMemberGiven[], changes: Partial<LvsGiven> = {}): Promise<void> {
    const uploaded = await this.upload(lvsConfig(this.given(members, changes)));
    const reloaded = await this.act('reload');
    const said = `${uploaded.text} ${reloaded.text}`;
    if (!said.includes(`{"message":"OK"} `) || !said.includes(`listener ${this.id} restarted`))
      throw new Error(`listener ${this.id} is not as it shall be: ${said}`);
  }

  /** As if another amphora had taken over, which has the same rules: nobody is known by his address. */
  async forgetClients(): Promise<void> {
    const inside = ['ip', 'netns', 'exec', this.machine.haproxyNamespace];
    const map = ['inet', `octavia-lvs-${this.id}`, 'remembered4'];
    const list = await run(...inside, 'nft', 'list', 'map', ...map);
    if (!list.includes('elements')) throw new Error(`nobody is remembered: ${list}`);
    await run(...inside, 'nft', 'flush', 'map', ...map);
  }

  /** Who answered each of some clients. */
  async ask(times: number, asking: Asking = {}, vip = VIP): Promise<readonly string[]> {
    const said: string[] = [];
    while (said.length < times) said.push((await this.tenant.ask(vip, PORT, asking)) ?? 'nobody');
    return said;
  }

  /** How the pool and its two members are in the next heartbeat in which they are so. */
  async untilReported(words: string): Promise<unknown> {
    const { pools } = await this.machine.heartbeat(
      (heartbeat) => wordsOf(heartbeat.pools[0]) === words,
      HEARD_MS,
    );
    return pools[0]?.listenerId;
  }
}

/** Of a pool in a heartbeat. */
export function wordsOf(
  pool: { status: string; members: ReadonlyMap<string, string> } | undefined,
): string {
  return [pool?.status, pool?.members.get(one.id), pool?.members.get(two.id)].join(' ');
}

export function countOf(said: readonly string[], name: string): number {
  return said.filter((each) => each === name).length;
}

function nodad(address: string): readonly string[] {
  return address.includes(':') ? ['nodad'] : [];
}

async function plugVips(machine: TestMachine): Promise<Answer> {
  const macAddress = 'fa:16:3e:00:00:01';
  await machine.plugNic(macAddress);
  return machine.askJson('POST', `/1.0/plug/vip/${VIP}`, {
    subnet_cidr: '203.0.113.0/24',
    gateway: TENANT,
    mac_address: macAddress,
    vrrp_ip: '203.0.113.20',
    additional_vips: [
      { ip_address: VIP_6, subnet_cidr: '2001:db8:113::/64', gateway: TENANT_6, host_routes: [] },
    ],
  });
}

/** A network of members beside that of the VIP. */
async function plugMemberNetwork(machine: TestMachine): Promise<Answer> {
  const macAddress = 'fa:16:3e:00:00:02';
  await machine.plugNic(macAddress);
  return machine.askJson('POST', '/1.0/plug/network', {
    mac_address: macAddress,
    fixed_ips: [{ ip_address: '198.51.100.5', subnet_cidr: '198.51.100.0/24', host_routes: [] }],
  });
}
