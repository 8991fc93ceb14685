import { expect, it } from 'vitest';
import { retiredIn, workerIn } from './haproxy-workers.ts';

const PROCESSES = `#<PID>          <type>          <reloads>       <uptime>        <version>
1162            master          5 [failed: 0]   0d00h02m07s     2.6.12
# workers
1271            worker          1               0d00h00m00s     2.6.12
# old workers
1233            worker          3               0d00h00m43s     2.6.12
1240            worker          2               0d00h00m23s     2.6.12
# programs

`;

it('finds the workers that reloads replaced among all that a master lists', () => {
  expect(retiredIn(PROCESSES)).toEqual([1233, 1240]);
  expect(retiredIn(PROCESSES.replace(/# old workers\n(\d.*\n)+/, ''))).toEqual([]);
  expect(retiredIn('')).toEqual([]);
});

it('knows a worker by its pid, and none by an answer without', () => {
  const stats = '# pxname,svname,scur,stot,bin,bout,ereq,status\nl1,FRONTEND,0,4,5,6,0,OPEN\n';
  const worker = workerIn(`Name: HAProxy\nPid: 1271\n\n${stats}\n`);
  expect(worker).toMatchObject({ pid: 1271, stats: { listeners: [{ id: 'l1' }] } });
  expect(workerIn('')).toBeNull();
});
