import { execFile } from 'node:child_process';
import { accessSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Scene } from '../../deploy/one-box/demo/scene.ts';
import { TenantServer } from '../../deploy/one-box/demo/tenant-server.ts';
import { visit } from '../../deploy/one-box/demo/traffic.ts';
import { needsRoot, type OwnCloud, ownCloud } from './testing/own-cloud.ts';
import { untilServing } from './testing/served-web.ts';

const run = promisify(execFile);

let cloud: OwnCloud;
let scene: Scene;

beforeAll(async () => {
  cloud = await ownCloud('d');
  if (process.getuid?.() === 0) scene = await cloud.start();
});

afterAll(async () => {
  await cloud.remove();
});

beforeEach((context) => {
  needsRoot(context);
  context.skip(
    !isInstalled('openstack'),
    'needs python3-openstackclient and python3-octaviaclient',
  );
});

/** What an operator types, and the object that comes back. */
async function openstack(...args: readonly string[]): Promise<Record<string, string>> {
  const { stdout } = await run('openstack', [
    '--os-auth-type=none',
    `--os-endpoint=${scene.state.apiUrl}`,
    'loadbalancer',
    ...args,
  ]);
  return stdout.trim().startsWith('{') ? JSON.parse(stdout) : {};
}

function isInstalled(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program));
      return true;
    } catch {
      return false;
    }
  });
}

test('the openstack command makes a load balancer that serves, and deletes it', async () => {
  const server = new TenantServer(scene.options, scene.network.name, 'cli-1');
  await server.start();
  const json = ['-f', 'json'];
  const made = await openstack(
    'create',
    '--name=cli',
    `--vip-subnet-id=${scene.network.subnetId}`,
    '--wait',
    ...json,
  );
  expect(made).toMatchObject({ provisioning_status: 'ACTIVE', name: 'cli' });
  await openstack(
    'listener',
    'create',
    '--name=l',
    '--protocol=HTTP',
    '--protocol-port=80',
    '--wait',
    'cli',
  );
  await openstack(
    'pool',
    'create',
    '--name=p',
    '--protocol=HTTP',
    '--lb-algorithm=ROUND_ROBIN',
    '--listener=l',
    '--wait',
  );
  await openstack(
    'member',
    'create',
    `--address=${server.address}`,
    '--protocol-port=80',
    '--wait',
    'p',
  );
  const url = `http://${made['vip_address']}/`;
  await untilServing(url);
  expect((await visit(url, 1000)).answer).toBe('cli-1');
  const shown = await openstack('show', 'cli', ...json);
  expect(shown).toMatchObject({ id: made['id'], provisioning_status: 'ACTIVE' });
  await openstack('delete', '--cascade', '--wait', 'cli');
  await expect(openstack('show', 'cli')).rejects.toThrow(/Unable to locate cli|No .*cli/);
  await server.remove();
});
