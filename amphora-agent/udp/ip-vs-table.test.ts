import { expect, it } from 'vitest';
import { keyOf, parseIpVs, parseIpVsStats } from './ip-vs-table.ts';

// By the kernel's format (net/netfilter/ipvs/ip_vs_ctl.c); this machine has no IPVS to ask.
const TABLE = `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port Forward Weight ActiveConn InActConn
UDP  CB00710A:0035 wrr persistent 360 FFFFFFFF
  -> C633640B:0035      Masq    1      3          0
  -> C633640C:14E9      Masq    0      4          0
UDP  [2001:0db8:0010:0000:0000:0000:0000:0005]:0035 wrr
  -> [2001:0db8:0020:0000:0000:0000:0000:000b]:0035      Masq    1      1          0
TCP  CB00710A:0050 wrr
  -> C633640B:0050      Masq    1      9          0
`;
const STATS = `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
  -> RemoteAddress:Port
UDP  203.0.113.10:53                     7       21       20     1500     2600
  -> 198.51.100.11:53                    3       10       10      700     1300
UDP  [2001:db8:10::5]:53                 1        1        1       53       80
  -> [2001:db8:20::b]:53                 1        1        1       53       80
`;

const service4 = { address: '203.0.113.10', port: 53 };
const service6 = { address: '2001:db8:10::5', port: 53 };

it("the kernel's list tells who is balanced to, whatever the spelling of addresses", () => {
  const services = new Map(parseIpVs(TABLE).map((service) => [service.key, service]));
  const four = services.get(keyOf(service4));
  expect(four?.activeConnections).toBe(7);
  expect(four?.servers).toEqual(
    new Set([
      keyOf({ address: '198.51.100.11', port: 53 }),
      keyOf({ address: '198.51.100.12', port: 5353 }),
    ]),
  );
  expect(services.get(keyOf(service6))?.servers).toEqual(
    new Set([keyOf({ address: '2001:db8:20:0::b', port: 53 })]),
  );
});

it('what virtual servers counted is found by their addresses', () => {
  const totals = parseIpVsStats(STATS);
  expect(totals.get(keyOf(service4))).toEqual({ bin: 1500, bout: 2600, stot: 7, ereq: 0 });
  expect(totals.get(keyOf(service6))).toEqual({ bin: 53, bout: 80, stot: 1, ereq: 0 });
});

it('a kernel that balances nothing yet has nothing to tell', () => {
  expect(parseIpVs('')).toEqual([]);
  expect(parseIpVsStats('').size).toBe(0);
});
