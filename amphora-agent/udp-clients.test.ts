import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VIP } from './testing/load-balancer.ts';
import type { LvsGiven } from './testing/lvs-config.ts';
import {
  countOf,
  ELSEWHERE,
  HEARD_MS,
  OTHERS,
  one,
  PORT,
  TENANT,
  TENANT_6,
  TestUdpListener,
  two,
  UNHEARD_MS,
  VIP_6,
} from './testing/udp-listener.ts';

let listener: TestUdpListener;
beforeAll(async () => {
  listener = await TestUdpListener.open();
});
afterAll(() => listener?.close());

function algorithm(word: string): Partial<LvsGiven> {
  return { lines: word.split('\n') };
}

async function answersTo(clients: readonly string[]): Promise<readonly string[]> {
  const said = [];
  for (const from of clients) said.push(...(await listener.ask(1, { from })));
  return said;
}

/** Turns in another order, so that taking turns would show. */
function lastFirst(all: readonly string[]): readonly string[] {
  return [...all.slice(-1), ...all.slice(0, -1)];
}

describe('who answers new clients', () => {
  it('is one member after the other', async () => {
    await listener.push([one, two]);
    const said = await listener.ask(6);
    expect([countOf(said, 'one'), countOf(said, 'two')]).toEqual([3, 3]);
  });

  it('is a member of three times the weight three times as often', async () => {
    await listener.push([
      { ...one, weight: 30 },
      { ...two, weight: 10 },
    ]);
    const said = await listener.ask(8);
    expect([countOf(said, 'one'), countOf(said, 'two')]).toEqual([6, 2]);
  });

  it('is by their address with SOURCE_IP, on whatever port they are', async () => {
    await listener.push([one, two], algorithm('lb_algo sh'));
    for (const from of [TENANT, ...OTHERS])
      expect(new Set(await listener.ask(4, { from })).size).toBe(1);
  });

  it('is by their address and port with SOURCE_IP_PORT', async () => {
    await listener.push([one, two], algorithm('lb_algo sh\nsh-port'));
    expect(new Set(await listener.ask(16)).size).toBe(2);
    expect(new Set(await listener.ask(3, { localPort: 5001 })).size).toBe(1);
  });

  it('is with LEAST_CONNECTIONS mostly the member that has fewest', async () => {
    await listener.push([]); // nobody has any
    await listener.push([one, { ...two, weight: 0 }]);
    expect(new Set(await listener.ask(12))).toEqual(new Set(['one']));
    await listener.push([one, two], algorithm('lb_algo lc'));
    expect(countOf(await listener.ask(10), 'two')).toBeGreaterThan(7);
  });

  it('is with persistence who answered them before, and others for other clients', async () => {
    const persistent =
      'lb_algo wrr\npersistence_timeout 100\npersistence_granularity 255.255.255.255';
    await listener.push([one, two], algorithm(persistent));
    const [first = ''] = await listener.ask(1);
    expect(await listener.ask(3)).toEqual([first, first, first]);
    const second = first === 'one' ? 'two' : 'one';
    expect(await answersTo(OTHERS)).toContain(second);
    await listener.push([first === 'one' ? two : one], algorithm(persistent));
    expect(new Set(await listener.ask(3))).toEqual(new Set([second]));
    await listener.push([one, two], algorithm(persistent));
    expect(new Set(await listener.ask(3))).toEqual(new Set([second]));
  });

  it('is with persistence the same after a failover, whoever comes first', async () => {
    for (const granularity of ['255.255.255.255', '255.255.255.252']) {
      const lines = ['lb_algo wrr', 'persistence_timeout 100'];
      lines.push(`persistence_granularity ${granularity}`);
      await listener.push([one, { ...two, weight: 2 }], { lines });
      await listener.ask(1);
      await listener.forgetClients();
      const said = await answersTo(OTHERS);
      await listener.forgetClients();
      expect(await answersTo(lastFirst(OTHERS))).toEqual(lastFirst(said));
    }
  });

  it('is the same for a whole network of clients, where the granularity says so', async () => {
    const persistent =
      'lb_algo wrr\npersistence_timeout 100\npersistence_granularity 255.255.255.0';
    await listener.push([one, two], algorithm(persistent));
    const [first = ''] = await listener.ask(1);
    for (const from of OTHERS) expect(await listener.ask(1, { from })).toEqual([first]);
  });

  it('is nobody once all members have as many connections as they may have', async () => {
    await listener.push([]); // nobody has any
    const limited = { lines: ['uthreshold 2'] };
    await listener.push([
      { ...one, ...limited },
      { ...two, ...limited },
    ]);
    const said = [];
    for (const localPort of [5011, 5012, 5013, 5014, 5015])
      said.push(...(await listener.ask(1, { localPort, timeoutMs: UNHEARD_MS })));
    expect([countOf(said, 'one'), countOf(said, 'two'), said[4]]).toEqual([2, 2, 'nobody']);
    expect(await listener.ask(1, { localPort: 5011 })).toEqual([said[0]]);
  });

  it('is a member of IPv6 for clients of IPv6', async () => {
    const six = [one, two].map((member) => ({ ...member, address: TENANT_6 }));
    await listener.push(six, { vips: [VIP_6], lines: ['lb_algo wrr', 'persistence_timeout 100'] });
    const said = await listener.ask(3, {}, VIP_6);
    expect(said[0]).toMatch(/^(one|two)$/);
    expect(new Set(said).size).toBe(1);
    expect(await listener.ask(1, { timeoutMs: UNHEARD_MS })).toEqual(['nobody']);
  });
});

it('members on a network of their own are asked from the address that the amphora has there', async () => {
  await listener.tenant.serve(ELSEWHERE, 9001, 'one');
  await listener.push([{ ...one, address: ELSEWHERE }]);
  expect(await listener.tenant.seenBy(VIP, PORT)).toBe('198.51.100.5');
  await listener.push([one]);
  expect(await listener.tenant.seenBy(VIP, PORT)).toBe('203.0.113.20');
});

describe('a client that goes on sending from one port', () => {
  it('keeps its member while weights change and others go', async () => {
    await listener.push([one, two]);
    const [first = ''] = await listener.ask(1, { localPort: 5021 });
    const [second = ''] = await listener.ask(1, { localPort: 5022 });
    expect(first).not.toBe(second);
    const [own, other] = first === 'one' ? [one, two] : [two, one];
    await listener.push([{ ...own, weight: 0 }, other]);
    expect(await listener.ask(2, { localPort: 5021 })).toEqual([first, first]);
    expect(new Set(await listener.ask(4))).toEqual(new Set([second]));
    await listener.push([own]);
    expect(await listener.ask(1, { localPort: 5021 })).toEqual([first]);
  });

  it('is sent to another one at once when its own goes', async () => {
    expect(await listener.ask(1, { localPort: 5022 })).toEqual(
      await listener.ask(1, { localPort: 5021 }),
    );
  });

  it('is served as soon as there is a member', async () => {
    await listener.push([]);
    expect(await listener.ask(1, { localPort: 5031, timeoutMs: UNHEARD_MS })).toEqual(['nobody']);
    await listener.push([two]);
    expect(await listener.ask(1, { localPort: 5031 })).toEqual(['two']);
  });

  it('is served no more while the listener is switched off', async () => {
    const text = `# Listener ${listener.id} is disabled\n\nnet_namespace amphora-haproxy\n`;
    expect(
      (await listener.upload({ listenerId: listener.id, poolId: listener.poolId, text })).status,
    ).toBe(200);
    expect((await listener.act('reload')).status).toBe(202);
    expect(await listener.ask(1, { localPort: 5031, timeoutMs: UNHEARD_MS })).toEqual(['nobody']);
    await listener.machine.heartbeat(({ listeners }) => !listeners.has(listener.id), HEARD_MS);
    await listener.push([two]);
    expect(await listener.ask(1, { localPort: 5031 })).toEqual(['two']);
  });

  it('is served no more once the listener is stopped', async () => {
    expect((await listener.act('stop')).status).toBe(202);
    expect(await listener.ask(1, { localPort: 5031, timeoutMs: UNHEARD_MS })).toEqual(['nobody']);
    expect((await listener.act('start')).status).toBe(202);
    expect(await listener.ask(1, { localPort: 5031 })).toEqual(['two']);
  });
});
