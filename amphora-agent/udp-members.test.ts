import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  HEARD_MS,
  one,
  TENANT,
  TENANT_6,
  TestUdpListener,
  two,
  UNHEARD_MS,
  VIP_6,
  wordsOf,
} from './testing/udp-listener.ts';

const CHECKED = ['lb_algo wrr', 'delay_loop 1', 'delay_before_retry 1', 'retry 2'];

let listener: TestUdpListener;
beforeAll(async () => {
  listener = await TestUdpListener.open();
});
afterAll(() => listener?.close());

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
    await listener.push(
      [
        { ...one, lines: udp(9001) },
        { ...two, lines: udp(9002) },
      ],
      { lines: CHECKED },
    );
    expect(await listener.untilReported('UP UP UP')).toBeNull();
    await listener.tenant.end(9002);
    await listener.untilReported('UP UP DOWN');
    expect(new Set(await listener.ask(4))).toEqual(new Set(['one']));
  });

  it('stay down when the agent starts again, while their clients are served', async () => {
    await listener.machine.stopAgent('SIGKILL');
    expect(new Set(await listener.ask(2))).toEqual(new Set(['one']));
    const { length } = listener.machine.heartbeats;
    await listener.machine.startAgent();
    const firstPool = () => listener.machine.heartbeats[length]?.pools[0];
    await expect.poll(firstPool, { timeout: HEARD_MS }).toBeDefined();
    expect(wordsOf(firstPool())).toBe('UP UP DOWN');
    expect(new Set(await listener.ask(4))).toEqual(new Set(['one']));
    await listener.tenant.end(9001);
    await listener.untilReported('DOWN DOWN DOWN');
    expect(await listener.ask(1, { timeoutMs: UNHEARD_MS })).toEqual(['nobody']);
    await listener.serveAll();
    await listener.untilReported('UP UP UP');
    expect(new Set(await listener.ask(4))).toEqual(new Set(['one', 'two']));
  });

  it('are checked at addresses of IPv6, too', async () => {
    const six = [
      { ...one, address: TENANT_6, lines: udp(9001, TENANT_6) },
      { ...two, address: TENANT_6, lines: udp(9999, TENANT_6) },
    ];
    await listener.push(six, { vips: [VIP_6], lines: CHECKED });
    await listener.untilReported('UP UP DOWN');
    expect(await listener.ask(2, {}, VIP_6)).toEqual(['one', 'one']);
  });

  it('are found dead also while the listener is changed all the time', async () => {
    await listener.tenant.end(9002);
    let weight = 1;
    const change = async () => {
      weight++;
      const members = [one, two].map((member) => ({ ...member, weight, lines: udp(member.port) }));
      await listener.push(members, { lines: CHECKED });
      return wordsOf(listener.machine.heartbeats.at(-1)?.pools[0]);
    };
    await expect.poll(change, { timeout: HEARD_MS, interval: 50 }).toBe('UP UP DOWN');
    for (const address of [TENANT, TENANT_6]) await listener.tenant.serve(address, 9002, 'two');
    await listener.untilReported('UP UP UP');
  });

  it('are checked by TCP and HTTP, each at its own address and port', async () => {
    await listener.tenant.web(TENANT, 8080, 204);
    await listener.push(
      [
        { ...one, lines: http(8080) },
        { ...two, lines: tcp(8081) },
      ],
      { lines: CHECKED },
    );
    await listener.untilReported('UP UP DOWN');
    await listener.tenant.web(TENANT, 8080, 500);
    await listener.tenant.web(TENANT, 8081, 500);
    await listener.untilReported('UP DOWN UP');
  });

  it('are told apart in heartbeats when nobody checks them, or they are off or drained', async () => {
    await listener.push([{ ...one, weight: 0 }], { disabledMembers: [two.id] });
    await listener.untilReported('UP DRAIN MAINT');
    await listener.push([one], { disabledMembers: [two.id] });
    await listener.untilReported('UP no check MAINT');
  });
});
