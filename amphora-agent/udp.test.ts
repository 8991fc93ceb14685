import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from './testing/command.ts';
import { VIP } from './testing/load-balancer.ts';
import {
  type LvsConfig,
  type LvsGiven,
  type LvsMemberGiven,
  lvsConfig,
} from './testing/lvs-config.ts';
import { TestMachine } from './testing/machine.ts';
import type { Answer } from './testing/request.ts';
import { type Asking, UdpTenant } from './testing/udp-tenant.ts';

const PORT = 53;
const TENANT = '203.0.113.1';
const TENANT_6 = '2001:db8:113::1';
const VIP_6 = '2001:db8:113::10';
const ELSEWHERE = '198.51.100.1';
const OTHERS = ['203.0.113.101', '203.0.113.102', '203.0.113.103'];
const UNHEARD_MS = 300;
const HEARD_MS = 60_000;
const CHECKED = ['lb_algo wrr', 'delay_loop 1', 'delay_before_retry 1', 'retry 2'];

const one = { id: randomUUID(), address: TENANT, port: 9001 };
const two = { id: randomUUID(), address: TENANT, port: 9002 };

let machine: TestMachine;
let tenant: UdpTenant;
const listenerId = randomUUID();
const poolId = randomUUID();

beforeAll(async () => {
  machine = await TestMachine.create();
  await machine.startAgent();
  const namespace = machine.tenantNamespace;
  for (const address of [...[ELSEWHERE, ...OTHERS].map((each) => `${each}/24`), `${TENANT_6}/64`])
    await run('ip', '-n', namespace, 'address', 'add', address, 'dev', 'br0', ...nodad(address));
  tenant = new UdpTenant(namespace);
  expect((await plugVips()).status).toBe(202);
  expect((await plugMemberNetwork()).status).toBe(202);
  await serveAll();
});
afterAll(async () => {
  tenant?.stop();
  await machine?.remove();
});

function nodad(address: string): readonly string[] {
  return address.includes(':') ? ['nodad'] : [];
}

async function plugVips(): Promise<Answer> {
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
async function plugMemberNetwork(): Promise<Answer> {
  const macAddress = 'fa:16:3e:00:00:02';
  await machine.plugNic(macAddress);
  return machine.askJson('POST', '/1.0/plug/network', {
    mac_address: macAddress,
    fixed_ips: [{ ip_address: '198.51.100.5', subnet_cidr: '198.51.100.0/24', host_routes: [] }],
  });
}

async function serveAll(): Promise<void> {
  for (const { port, name } of [
    { port: 9001, name: 'one' },
    { port: 9002, name: 'two' },
  ]) {
    await tenant.serve(TENANT, port, name);
    await tenant.serve(TENANT_6, port, name);
  }
}

async function upload(config: LvsConfig): Promise<Answer> {
  const path = `/1.0/listeners/${machine.amphoraId}/${config.listenerId}/udp_listener`;
  return machine.ask('PUT', path, { body: config.text });
}

function act(action: 'start' | 'stop' | 'reload'): Promise<Answer> {
  return machine.ask('PUT', `/1.0/loadbalancer/${listenerId}/${action}`);
}

/** The listener of all these tests, as it shall be now. */
async function push(
  members: readonly LvsMemberGiven[],
  given: Partial<LvsGiven> = {},
): Promise<void> {
  const config = lvsConfig({ vips: [VIP], port: PORT, members, listenerId, poolId, ...given });
  expect((await upload(config)).text).toBe('{"message":"OK"}');
  expect((await act('reload')).text).toContain(`keepalivedlvs listener ${listenerId} restarted`);
}

/** Who answered each of some clients. */
async function ask(times: number, asking: Asking = {}, vip = VIP): Promise<readonly string[]> {
  const said: string[] = [];
  while (said.length < times) said.push((await tenant.ask(vip, PORT, asking)) ?? 'nobody');
  return said;
}

function countOf(said: readonly string[], name: string): number {
  return said.filter((each) => each === name).length;
}

function algorithm(word: string): Partial<LvsGiven> {
  return { lines: word.split('\n') };
}

describe('who answers new clients', () => {
  it('is one member after the other', async () => {
    await push([one, two]);
    const said = await ask(6);
    expect([countOf(said, 'one'), countOf(said, 'two')]).toEqual([3, 3]);
  });

  it('is a member of three times the weight three times as often', async () => {
    await push([
      { ...one, weight: 30 },
      { ...two, weight: 10 },
    ]);
    const said = await ask(8);
    expect([countOf(said, 'one'), countOf(said, 'two')]).toEqual([6, 2]);
  });

  it('is by their address with SOURCE_IP, on whatever port they are', async () => {
    await push([one, two], algorithm('lb_algo sh'));
    for (const from of [TENANT, ...OTHERS]) expect(new Set(await ask(4, { from })).size).toBe(1);
  });

  it('is by their address and port with SOURCE_IP_PORT', async () => {
    await push([one, two], algorithm('lb_algo sh\nsh-port'));
    expect(new Set(await ask(16)).size).toBe(2);
    expect(new Set(await ask(3, { localPort: 5001 })).size).toBe(1);
  });

  it('is with LEAST_CONNECTIONS mostly the member that has fewest', async () => {
    await push([]); // nobody has any
    await push([one, { ...two, weight: 0 }]);
    expect(new Set(await ask(12))).toEqual(new Set(['one']));
    await push([one, two], algorithm('lb_algo lc'));
    expect(countOf(await ask(10), 'two')).toBeGreaterThan(7);
  });

  it('is with persistence who answered them before, and others for other clients', async () => {
    const persistent =
      'lb_algo wrr\npersistence_timeout 100\npersistence_granularity 255.255.255.255';
    await push([one, two], algorithm(persistent));
    const [first = ''] = await ask(1);
    expect(await ask(3)).toEqual([first, first, first]);
    const [second = ''] = await ask(1, { from: OTHERS[0] ?? '' });
    expect(second).not.toBe(first);
    await push([first === 'one' ? two : one], algorithm(persistent));
    expect(new Set(await ask(3))).toEqual(new Set([second]));
    await push([one, two], algorithm(persistent));
    expect(new Set(await ask(3))).toEqual(new Set([second]));
  });

  it('is the same for a whole network of clients, where the granularity says so', async () => {
    const persistent =
      'lb_algo wrr\npersistence_timeout 100\npersistence_granularity 255.255.255.0';
    await push([one, two], algorithm(persistent));
    const [first = ''] = await ask(1);
    for (const from of OTHERS) expect(await ask(1, { from })).toEqual([first]);
  });

  it('is nobody once all members have as many connections as they may have', async () => {
    await push([]); // nobody has any
    const limited = { lines: ['uthreshold 2'] };
    await push([
      { ...one, ...limited },
      { ...two, ...limited },
    ]);
    const said = [];
    for (const localPort of [5011, 5012, 5013, 5014, 5015])
      said.push(...(await ask(1, { localPort, timeoutMs: UNHEARD_MS })));
    expect([countOf(said, 'one'), countOf(said, 'two'), said[4]]).toEqual([2, 2, 'nobody']);
    expect(await ask(1, { localPort: 5011 })).toEqual([said[0]]);
  });

  it('is a member of IPv6 for clients of IPv6', async () => {
    const six = [one, two].map((member) => ({ ...member, address: TENANT_6 }));
    await push(six, { vips: [VIP_6], lines: ['lb_algo wrr', 'persistence_timeout 100'] });
    const said = await ask(3, {}, VIP_6);
    expect(said[0]).toMatch(/^(one|two)$/);
    expect(new Set(said).size).toBe(1);
    expect(await ask(1, { timeoutMs: UNHEARD_MS })).toEqual(['nobody']);
  });
});

it('members on a network of their own are asked from the address that the amphora has there', async () => {
  await tenant.serve(ELSEWHERE, 9001, 'one');
  await push([{ ...one, address: ELSEWHERE }]);
  expect(await tenant.seenBy(VIP, PORT)).toBe('198.51.100.5');
  await push([one]);
  expect(await tenant.seenBy(VIP, PORT)).toBe('203.0.113.20');
});

describe('a client that goes on sending from one port', () => {
  it('keeps its member while weights change and others go', async () => {
    await push([one, two]);
    const [first = ''] = await ask(1, { localPort: 5021 });
    const [second = ''] = await ask(1, { localPort: 5022 });
    expect(first).not.toBe(second);
    const [own, other] = first === 'one' ? [one, two] : [two, one];
    await push([{ ...own, weight: 0 }, other]);
    expect(await ask(2, { localPort: 5021 })).toEqual([first, first]);
    expect(new Set(await ask(4))).toEqual(new Set([second]));
    await push([own]);
    expect(await ask(1, { localPort: 5021 })).toEqual([first]);
  });

  it('is sent to another one at once when its own goes', async () => {
    expect(await ask(1, { localPort: 5022 })).toEqual(await ask(1, { localPort: 5021 }));
  });

  it('is served as soon as there is a member', async () => {
    await push([]);
    expect(await ask(1, { localPort: 5031, timeoutMs: UNHEARD_MS })).toEqual(['nobody']);
    await push([two]);
    expect(await ask(1, { localPort: 5031 })).toEqual(['two']);
  });

  it('is served no more while the listener is switched off', async () => {
    const text = `# Listener ${listenerId} is disabled\n\nnet_namespace amphora-haproxy\n`;
    expect((await upload({ listenerId, poolId, text })).status).toBe(200);
    expect((await act('reload')).status).toBe(202);
    expect(await ask(1, { localPort: 5031, timeoutMs: UNHEARD_MS })).toEqual(['nobody']);
    await machine.heartbeat(({ listeners }) => !listeners.has(listenerId), HEARD_MS);
    await push([two]);
    expect(await ask(1, { localPort: 5031 })).toEqual(['two']);
  });

  it('is served no more once the listener is stopped', async () => {
    expect((await act('stop')).status).toBe(202);
    expect(await ask(1, { localPort: 5031, timeoutMs: UNHEARD_MS })).toEqual(['nobody']);
    expect((await act('start')).status).toBe(202);
    expect(await ask(1, { localPort: 5031 })).toEqual(['two']);
  });
});

/** The members' words, by name, in the next heartbeat that has this one. */
async function untilReported(word: string): Promise<unknown> {
  const { pools } = await machine.heartbeat(
    (heartbeat) => textOf(heartbeat.pools[0]) === word,
    HEARD_MS,
  );
  return pools[0]?.listenerId;
}

function textOf(
  pool: { status: string; members: ReadonlyMap<string, string> } | undefined,
): string {
  return [pool?.status, pool?.members.get(one.id), pool?.members.get(two.id)].join(' ');
}

function tcp(port: number): readonly string[] {
  const target = [`connect_ip ${TENANT}`, `connect_port ${port}`, 'connect_timeout 1'];
  return ['TCP_CHECK {', ...target, '}'];
}

function udp(port: number, address = TENANT): readonly string[] {
  return misc(`/var/lib/octavia/lvs/check/udp_check.sh ${address} ${port}`);
}

function misc(command: string): readonly string[] {
  return ['MISC_CHECK {', `misc_path "${command}"`, 'misc_timeout 1', '}'];
}

/** As the original writes it: a block for each expected code. */
function http(port: number): readonly string[] {
  const urls = ['200', '204'].flatMap((code) => [
    'url {',
    'path /up?a=b',
    `status_code ${code}`,
    '}',
  ]);
  return ['HTTP_GET {', ...urls, ...tcp(port).slice(1)];
}

describe('members that are checked', () => {
  it('are down once nobody listens on their UDP port, and up once somebody does', async () => {
    await push(
      [
        { ...one, lines: udp(9001) },
        { ...two, lines: udp(9002) },
      ],
      { lines: CHECKED },
    );
    expect(await untilReported('UP UP UP')).toBeNull();
    await tenant.end(9002);
    await untilReported('UP UP DOWN');
    expect(new Set(await ask(4))).toEqual(new Set(['one']));
  });

  it('stay down when the agent starts again, while their clients are served', async () => {
    await machine.stopAgent('SIGKILL');
    expect(new Set(await ask(2))).toEqual(new Set(['one']));
    const { length } = machine.heartbeats;
    await machine.startAgent();
    const firstPool = () => machine.heartbeats[length]?.pools[0];
    await expect.poll(firstPool, { timeout: HEARD_MS }).toBeDefined();
    expect(textOf(firstPool())).toBe('UP UP DOWN');
    expect(new Set(await ask(4))).toEqual(new Set(['one']));
    await tenant.end(9001);
    await untilReported('DOWN DOWN DOWN');
    expect(await ask(1, { timeoutMs: UNHEARD_MS })).toEqual(['nobody']);
    await serveAll();
    await untilReported('UP UP UP');
    expect(new Set(await ask(4))).toEqual(new Set(['one', 'two']));
  });

  it('are checked at addresses of IPv6, too', async () => {
    const six = [
      { ...one, address: TENANT_6, lines: udp(9001, TENANT_6) },
      { ...two, address: TENANT_6, lines: udp(9999, TENANT_6) },
    ];
    await push(six, { vips: [VIP_6], lines: CHECKED });
    await untilReported('UP UP DOWN');
    expect(await ask(2, {}, VIP_6)).toEqual(['one', 'one']);
  });

  it('are found dead also while the listener is changed all the time', async () => {
    await tenant.end(9002);
    let weight = 1;
    const change = async () => {
      weight++;
      const members = [one, two].map((member) => ({ ...member, weight, lines: udp(member.port) }));
      await push(members, { lines: CHECKED });
      return textOf(machine.heartbeats.at(-1)?.pools[0]);
    };
    await expect.poll(change, { timeout: HEARD_MS, interval: 50 }).toBe('UP UP DOWN');
    for (const address of [TENANT, TENANT_6]) await tenant.serve(address, 9002, 'two');
    await untilReported('UP UP UP');
  });

  it('are checked by TCP and HTTP, each at its own address and port', async () => {
    await tenant.web(TENANT, 8080, 204);
    await push(
      [
        { ...one, lines: http(8080) },
        { ...two, lines: tcp(8081) },
      ],
      { lines: CHECKED },
    );
    await untilReported('UP UP DOWN');
    await tenant.web(TENANT, 8080, 500);
    await tenant.web(TENANT, 8081, 500);
    await untilReported('UP DOWN UP');
  });

  it('are told apart in heartbeats when nobody checks them, or they are off or drained', async () => {
    await push([{ ...one, weight: 0 }], { disabledMembers: [two.id] });
    await untilReported('UP DRAIN MAINT');
    await push([one], { disabledMembers: [two.id] });
    await untilReported('UP no check MAINT');
  });
});

/** All that heartbeats told of the listener. */
function counted(): { readonly rx: number; readonly tx: number; readonly connections: number } {
  const told = machine.heartbeats.map(({ listeners }) => listeners.get(listenerId));
  return {
    rx: sum(told.map((each) => each?.rxBytes)),
    tx: sum(told.map((each) => each?.txBytes)),
    connections: sum(told.map((each) => each?.totalConnections)),
  };
}

function sum(figures: readonly unknown[]): number {
  return figures.reduce<number>((all, figure) => all + Number(figure ?? 0), 0);
}

it('every byte and connection is counted once, whatever changes and whoever restarts', async () => {
  const { length } = machine.heartbeats;
  await machine.heartbeat(
    ({ sequence }) => sequence !== null && machine.heartbeats.length > length,
  );
  const before = counted();
  await ask(3);
  await push([two]);
  await ask(2, { localPort: 5041 });
  await machine.stopAgent('SIGKILL');
  await ask(1);
  await machine.startAgent();
  // "hello" and the headers of IPv4 and UDP; the answer is the member's name and the address it saw.
  const bytes = 5 + 28;
  await expect
    .poll(() => counted().connections - before.connections, { timeout: HEARD_MS })
    .toBe(5);
  expect(counted().rx - before.rx).toBe(6 * bytes);
  const answer = 'two 203.0.113.20'.length + 28;
  expect(counted().tx - before.tx).toBe(6 * answer);
});

describe('what cannot be served is refused, and what was served goes on', () => {
  const refused: readonly (readonly [string, LvsGiven, RegExp])[] = [
    ['an address that is none', given({ address: '1.2.3.4;drop' }), /must be an IP address/],
    ['a check by another program', given({ lines: misc('/bin/rm -rf /') }), /udp_check\.sh/],
    ['an unknown scheduler', { ...given({}), lines: ['lb_algo dh'] }, /lb_algo dh/],
    [
      'SCTP, which this kernel lacks',
      { ...given({}), protocol: 'SCTP' },
      /is SCTP, which the kernel/,
    ],
  ];
  it.each(refused)('%s', async (_, bad, words) => {
    const answer = await upload(lvsConfig(bad));
    expect([answer.status, answer.text]).toEqual([400, expect.stringMatching(words)]);
    expect(await ask(1)).toEqual(['two']);
  });
});

function given(member: Partial<LvsMemberGiven>): LvsGiven {
  return { vips: [VIP], port: PORT, members: [{ ...one, ...member }], listenerId, poolId };
}

it('after a reboot the listener comes back by itself', async () => {
  tenant.stop();
  await machine.loseNamespaces();
  await machine.makeNamespaces();
  await machine.startAgent();
  tenant = new UdpTenant(machine.tenantNamespace);
  await tenant.serve(TENANT, 9002, 'two');
  await machine.plugNic('fa:16:3e:00:00:01');
  await expect.poll(() => ask(1), { timeout: HEARD_MS }).toEqual(['two']);
});

it('a listener that is removed leaves no rule behind', async () => {
  expect((await machine.ask('GET', '/1.0/listeners')).text).toContain('"ACTIVE"');
  expect((await machine.ask('DELETE', `/1.0/listeners/${listenerId}`)).status).toBe(200);
  expect((await machine.ask('GET', '/1.0/listeners')).text).toBe('[]');
  expect(await ask(1, { timeoutMs: UNHEARD_MS })).toEqual(['nobody']);
  const nft = ['ip', 'netns', 'exec', machine.haproxyNamespace, 'nft', 'list', 'tables'];
  expect(await run(...nft)).not.toContain(listenerId);
});
