import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from './testing/command.ts';
import { type LvsGiven, type LvsMemberGiven, lvsConfig } from './testing/lvs-config.ts';
import { HEARD_MS, one, TENANT, TestUdpListener, two, UNHEARD_MS } from './testing/udp-listener.ts';
import { UdpTenant } from './testing/udp-tenant.ts';

let listener: TestUdpListener;
beforeAll(async () => {
  listener = await TestUdpListener.open();
  await listener.push([one]);
});
afterAll(() => listener?.close());

/** All that heartbeats told of the listener. */
function counted(): { readonly rx: number; readonly tx: number; readonly connections: number } {
  const told = listener.machine.heartbeats.map(({ listeners }) => listeners.get(listener.id));
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
  const { length } = listener.machine.heartbeats;
  await listener.machine.heartbeat(
    ({ sequence }) => sequence !== null && listener.machine.heartbeats.length > length,
  );
  const before = counted();
  await listener.ask(3);
  await listener.push([two]);
  await listener.ask(2, { localPort: 5041 });
  await listener.machine.stopAgent('SIGKILL');
  await listener.ask(1);
  await listener.machine.startAgent();
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
  const program = ['MISC_CHECK {', 'misc_path "/bin/rm -rf /"', 'misc_timeout 1', '}'];
  const refused: readonly (readonly [
    string,
    Partial<LvsMemberGiven>,
    Partial<LvsGiven>,
    RegExp,
  ])[] = [
    ['an address that is none', { address: '1.2.3.4;drop' }, {}, /must be an IP address/],
    ['a check by another program', { lines: program }, {}, /udp_check\.sh/],
    ['an unknown scheduler', {}, { lines: ['lb_algo dh'] }, /lb_algo dh/],
    ['SCTP, which this kernel lacks', {}, { protocol: 'SCTP' }, /is SCTP, which the kernel/],
  ];
  it.each(refused)('%s', async (_, member, given, words) => {
    const answer = await listener.upload(lvsConfig(listener.given([{ ...one, ...member }], given)));
    expect([answer.status, answer.text]).toEqual([400, expect.stringMatching(words)]);
    expect(await listener.ask(1)).toEqual(['two']);
  });
});

it('after a reboot the listener comes back by itself', async () => {
  listener.tenant.stop();
  await listener.machine.loseNamespaces();
  await listener.machine.makeNamespaces();
  await listener.machine.startAgent();
  listener.tenant = new UdpTenant(listener.machine.tenantNamespace);
  await listener.tenant.serve(TENANT, 9002, 'two');
  await listener.machine.plugNic('fa:16:3e:00:00:01');
  await expect.poll(() => listener.ask(1), { timeout: HEARD_MS }).toEqual(['two']);
});

it('a listener that is removed leaves no rule behind', async () => {
  expect((await listener.machine.ask('GET', '/1.0/listeners')).text).toContain('"ACTIVE"');
  expect((await listener.machine.ask('DELETE', `/1.0/listeners/${listener.id}`)).status).toBe(200);
  expect((await listener.machine.ask('GET', '/1.0/listeners')).text).toBe('[]');
  expect(await listener.ask(1, { timeoutMs: UNHEARD_MS })).toEqual(['nobody']);
  const nft = ['ip', 'netns', 'exec', listener.machine.haproxyNamespace, 'nft', 'list', 'tables'];
  expect(await run(...nft)).not.toContain(listener.id);
});
