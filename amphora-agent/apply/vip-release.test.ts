import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Logger } from '#core/ports/logger.ts';
import { run } from './command.ts';
import { writeInterfaceFile } from './interface-files.ts';
import { linksInside } from './link-state.ts';
import { HaproxyNamespace } from './namespace.ts';
import { releaseVips } from './vip-release.ts';

const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLogger,
};
const namespace = new HaproxyNamespace(
  `vip-release-${randomBytes(3).toString('hex')}`,
  silentLogger,
);
const folder = await mkdtemp(join(tmpdir(), 'vip-release-'));

afterAll(async () => {
  await run(['ip', 'netns', 'delete', namespace.name]);
  await rm(folder, { recursive: true, force: true });
});

test('an amphora without keepalived gives up the VIPs of both IP versions, and keeps its own addresses', async () => {
  await namespace.ensure();
  await namespace.ip(['link', 'add', 'eth1', 'type', 'veth', 'peer', 'name', 'far']);
  await writeInterfaceFile(folder, {
    name: 'eth1',
    if_type: 'vip',
    addresses: [
      { address: '10.9.0.7', prefixlen: 24 },
      { address: 'fd00:0009:0000:0000:0000:0000:0000:0010', prefixlen: 128, octavia_owned: false },
      { address: '10.9.0.10', prefixlen: 32, octavia_owned: false },
    ],
    routes: [],
    rules: [],
    scripts: { up: [], down: [] },
  });
  for (const address of ['10.9.0.7/24', 'fd00:9::10/128', '10.9.0.10/32'])
    await namespace.ip(['address', 'add', address, 'dev', 'eth1', ...nodad(address)]);

  await releaseVips(namespace, folder, silentLogger);

  const eth1 = (await linksInside(namespace)).find(({ name }) => name === 'eth1');
  const left = eth1?.addresses.filter(({ scope }) => scope === 'global');
  expect(left?.map(({ address }) => address)).toEqual(['10.9.0.7']);
});

function nodad(address: string): readonly string[] {
  return address.includes(':') ? ['nodad'] : [];
}
