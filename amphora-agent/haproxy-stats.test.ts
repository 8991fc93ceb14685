import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseStats } from './haproxy-stats.ts';

const HEAD = '# pxname,svname,scur,stot,bin,bout,ereq,status,weight,';
const STATS = `${HEAD}
l1,FRONTEND,3,40,500,6000,7,OPEN,,
p1:l1,m1,0,20,1,1,,UP,1,
p1:l1,m2,0,20,1,1,,UP,0,
p1:l1,m3,0,0,0,0,,DOWN 1/2,1,
p1:l1,BACKEND,0,40,1,1,,UP,2,
prometheus-exporter-internal-endpoint,FRONTEND,1,1,1,1,0,OPEN,,
prometheus-exporter-internal,BACKEND,0,0,0,0,,UP,1,
`;

it('reads listeners, pools and members, and leaves out what serves Prometheus', () => {
  const { listeners, pools } = parseStats(STATS);
  expect(listeners).toEqual([
    {
      id: 'l1',
      status: 'OPEN',
      activeConnections: 3,
      totals: { bin: 500, bout: 6000, ereq: 7, stot: 40 },
    },
  ]);
  expect(pools).toHaveLength(1);
  expect(pools[0]).toMatchObject({ poolId: 'p1', listenerId: 'l1', status: 'UP' });
});

it('a member that is up with weight 0 is draining, every other word is HAProxy’s own', () => {
  const members = parseStats(STATS).pools[0]?.members;
  expect([...(members ?? [])]).toEqual([
    ['m1', 'UP'],
    ['m2', 'DRAIN'],
    ['m3', 'DOWN 1/2'],
  ]);
});

it('never throws, whatever a socket says', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      parseStats(text);
      parseStats(`${HEAD}\n${text}`);
    }),
  );
});
