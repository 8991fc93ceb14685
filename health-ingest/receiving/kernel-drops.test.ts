import { expect, test } from 'vitest';
import { dropsIn, queuedIn } from './kernel-drops.ts';

test('the drops of all sockets on the port, and what waits in them, are added, and of no other', () => {
  const table = `   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
 7992: 0100007F:15B3 00000000:0000 07 00000000:00000A00 00:00000000 00000000     0        0 652199 2 0000000000000000 7
 7993: 00000000:15B3 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 652200 2 0000000000000000 5
10311: 00000000:EE42 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 654027 2 0000000000000000 99
`;
  expect(dropsIn(table, 5555)).toBe(12);
  expect(queuedIn(table, 5555)).toBe(0xa00);
  expect(dropsIn(table, 1)).toBe(0);
  expect(dropsIn('', 5555)).toBe(0);
});
