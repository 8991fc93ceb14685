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

test.concurrent('the openstack command makes a load balancer that serves, and deletes it', async () => {
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

/** What a list prints: a line an object. */
async function listed(...args: readonly string[]): Promise<readonly Record<string, unknown>[]> {
  const { stdout } = await run('openstack', [
    '--os-auth-type=none',
    `--os-endpoint=${scene.state.apiUrl}`,
    'loadbalancer',
    ...args,
    '-f',
    'json',
  ]);
  return JSON.parse(stdout) as readonly Record<string, unknown>[];
}

/** With a listener and a pool of the same name. */
async function anHttpLoadBalancer(name: string): Promise<string> {
  const { loadbalancer } = await scene.api.lbaas<{ loadbalancer: { id: string } }>(
    'POST',
    'loadbalancers',
    {
      loadbalancer: {
        name,
        vip_subnet_id: scene.network.subnetId,
        listeners: [{ name, protocol: 'HTTP', protocol_port: 80 }],
        pools: [{ name, protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN' }],
      },
    },
  );
  await scene.api.untilActive(loadbalancer.id);
  return loadbalancer.id;
}

/** Most commands start Python and wait for nothing: `--wait` looks only every third second. */
const LIFE_TIMEOUT_MS = 240_000;

test.concurrent(
  'the openstack command leads L7 policies through their life',
  async () => {
    const json = ['-f', 'json'];
    const loadBalancerId = await anHttpLoadBalancer('cli-l7');
    const policy = async (...args: readonly string[]) => {
      const answer = await openstack('l7policy', ...args);
      await scene.api.untilActive(loadBalancerId);
      return answer;
    };
    const toPool = ['--action=REDIRECT_TO_POOL', '--redirect-pool=cli-l7'];
    const made = await policy('create', '--name=first', ...toPool, '--wait', ...json, 'cli-l7');
    expect(made).toMatchObject({
      name: 'first',
      action: 'REDIRECT_TO_POOL',
      position: 1,
      provisioning_status: 'ACTIVE',
      operating_status: 'ONLINE',
      redirect_http_code: null,
    });
    const url = ['--action=REDIRECT_TO_URL', '--redirect-url=http://a.example/', '--position=1'];
    expect(
      await policy('create', '--name=second', ...url, '--tag=a', ...json, 'cli-l7'),
    ).toMatchObject({ redirect_http_code: 302, position: 1, tags: 'a' });
    await policy('set', '--position=2', '--redirect-http-code=307', '--disable', 'second');
    expect(await policy('show', 'second', ...json)).toMatchObject({
      position: 2,
      redirect_http_code: 307,
      admin_state_up: false,
      operating_status: 'OFFLINE',
    });
    await expect(openstack('pool', 'delete', 'cli-l7')).rejects.toThrow(/is in use by L7 policy/);
    await policy('set', '--action=REJECT', 'first');
    await policy('unset', '--redirect-http-code', '--all-tag', 'second');
    const list = await listed('l7policy', 'list', '--listener=cli-l7', '--sort-column=position');
    expect(list).toMatchObject([
      { name: 'first', action: 'REJECT', position: 1 },
      { name: 'second', action: 'REDIRECT_TO_URL', position: 2 },
    ]);
    await policy('delete', '--wait', 'first');
    expect(await policy('show', 'second', ...json)).toMatchObject({ position: 1, tags: '' });
    await scene.api.lbaas('DELETE', `loadbalancers/${loadBalancerId}?cascade=true`);
  },
  LIFE_TIMEOUT_MS,
);

test.concurrent(
  'the openstack command leads L7 rules through their life',
  async () => {
    const json = ['-f', 'json'];
    const loadBalancerId = await anHttpLoadBalancer('cli-rules');
    const rule = async (...args: readonly string[]) => {
      const answer = await openstack('l7rule', ...args);
      await scene.api.untilActive(loadBalancerId);
      return answer;
    };
    await openstack('l7policy', 'create', '--name=p', '--action=REJECT', '--wait', 'cli-rules');
    const wanted = ['--type=HEADER', '--key=X-App', '--compare-type=REGEX', '--value=^a.c$'];
    // Without --wait: there the command asks for the rule by the policy's id, and finds nothing.
    const { id = '' } = await rule('create', ...wanted, '--invert', ...json, 'p');
    expect(await rule('show', 'p', id, ...json)).toMatchObject({
      type: 'HEADER',
      key: 'X-App',
      value: '^a.c$',
      invert: true,
      provisioning_status: 'ACTIVE',
      operating_status: 'ONLINE',
    });
    const bad = ['--type=PATH', '--compare-type=REGEX', '--value=('];
    await expect(rule('create', ...bad, 'p')).rejects.toThrow(/Unable to parse regular expression/);
    await rule('set', '--type=PATH', '--compare-type=CONTAINS', '--value=/x', 'p', id);
    await rule('unset', '--invert', 'p', id);
    expect(await listed('l7rule', 'list', 'p')).toMatchObject([
      { id, type: 'PATH', compare_type: 'CONTAINS', key: null, value: '/x', invert: false },
    ]);
    await rule('delete', '--wait', 'p', id);
    expect(await listed('l7rule', 'list', 'p')).toEqual([]);
    await scene.api.lbaas('DELETE', `loadbalancers/${loadBalancerId}?cascade=true`);
  },
  LIFE_TIMEOUT_MS,
);

const data = (topology: string) => `--flavor-data={"loadbalancer_topology": "${topology}"}`;

test.concurrent(
  'the openstack command leads flavors through their life, and a load balancer is built by one',
  async () => {
    const json = ['-f', 'json'];
    expect(await listed('provider', 'list')).toEqual([
      { name: 'amphora', description: 'The Octavia Amphora driver.' },
      { name: 'octavia', description: 'Deprecated alias of the Octavia Amphora driver.' },
    ]);
    const capabilities = await listed('provider', 'capability', 'list', 'amphora');
    expect(capabilities).toContainEqual(
      expect.objectContaining({ type: 'flavor', name: 'loadbalancer_topology' }),
    );
    expect(capabilities).toContainEqual({
      type: 'availability_zone',
      name: 'compute_zone',
      description: 'The compute availability zone.',
    });
    const profile = ['--name=single', '--provider=amphora'];
    await openstack('flavorprofile', 'create', ...profile, data('SINGLE'), ...json);
    await expect(openstack('flavorprofile', 'create', ...profile, data('TRIPLE'))).rejects.toThrow(
      /'TRIPLE' is not one of/,
    );
    const gold = ['--name=gold', '--flavorprofile=single', '--description=of one amphora'];
    expect(await openstack('flavor', 'create', ...gold, '--disable', ...json)).toMatchObject({
      name: 'gold',
      enabled: false,
    });
    const onGold = [
      '--name=by-flavor',
      `--vip-subnet-id=${scene.network.subnetId}`,
      '--flavor=gold',
    ];
    await expect(openstack('create', ...onGold)).rejects.toThrow(
      /The selected flavor is not allowed/,
    );
    await openstack('flavor', 'set', '--enable', 'gold');
    await openstack('flavor', 'unset', '--description', 'gold');
    const flavor = await openstack('flavor', 'show', 'gold', ...json);
    expect(flavor).toMatchObject({ enabled: true, description: '' });
    const made = await openstack('create', ...onGold, '--wait', ...json);
    expect(made).toMatchObject({ flavor_id: flavor['id'], provisioning_status: 'ACTIVE' });
    await expect(openstack('flavor', 'delete', 'gold')).rejects.toThrow(/is in use/);
    await openstack('delete', '--wait', 'by-flavor');
    await expect(openstack('flavorprofile', 'delete', 'single')).rejects.toThrow(/is in use/);
    await openstack('flavor', 'delete', 'gold');
    await openstack('flavorprofile', 'set', '--name=renamed', data('ACTIVE_STANDBY'), 'single');
    expect(await listed('flavorprofile', 'list')).toMatchObject([{ name: 'renamed' }]);
    await openstack('flavorprofile', 'delete', 'renamed');
    expect(await listed('flavor', 'list')).toEqual([]);
  },
  LIFE_TIMEOUT_MS,
);

test.concurrent(
  'the openstack command leads availability zones through their life, and shows quotas',
  async () => {
    const json = ['-f', 'json'];
    await openstack(
      'availabilityzoneprofile',
      'create',
      '--name=zp',
      '--provider=amphora',
      '--availability-zone-data={"compute_zone": "az1"}',
    );
    const zone = ['--name=north', '--availabilityzoneprofile=zp'];
    expect(await openstack('availabilityzone', 'create', ...zone, ...json)).toMatchObject({
      name: 'north',
      enabled: true,
    });
    await openstack('availabilityzone', 'set', '--description=cold', '--disable', 'north');
    expect(await openstack('availabilityzone', 'show', 'north', ...json)).toMatchObject({
      description: 'cold',
      enabled: false,
    });
    await openstack('availabilityzone', 'unset', '--description', 'north');
    expect(await openstack('availabilityzone', 'show', 'north', ...json)).toMatchObject({
      description: '',
    });
    expect(await listed('availabilityzone', 'list')).toMatchObject([{ name: 'north' }]);
    await expect(openstack('availabilityzoneprofile', 'delete', 'zp')).rejects.toThrow(/is in use/);
    await openstack('availabilityzone', 'delete', 'north');
    await openstack('availabilityzoneprofile', 'delete', 'zp');
    expect(await listed('availabilityzoneprofile', 'list')).toEqual([]);

    // Setting one asks Keystone for the project, so here it is set by hand.
    const project = '3f2a0c1e-7c5b-4d8e-9a6f-1b2c3d4e5f60';
    await scene.api.lbaas('PUT', `quotas/${project}`, { quota: { load_balancer: 4 } });
    expect(await openstack('quota', 'show', project, ...json)).toMatchObject({
      load_balancer: 4,
      health_monitor: -1,
    });
    expect(await openstack('quota', 'defaults', 'show', ...json)).toMatchObject({
      load_balancer: -1,
      l7rule: -1,
    });
    expect(await listed('quota', 'list')).toContainEqual(
      expect.objectContaining({ project_id: project, load_balancer: 4 }),
    );
  },
  LIFE_TIMEOUT_MS,
);

test.concurrent(
  'the openstack command configures, replaces and deletes amphorae',
  async ({ expect }) => {
    const json = ['-f', 'json'];
    const loadBalancerId = await anHttpLoadBalancer('cli-amphora');
    const ofIt = `--loadbalancer=${loadBalancerId}`;
    const [first] = await listed('amphora', 'list', ofIt);
    const id = String(first?.['id']);
    expect(await openstack('amphora', 'show', id, ...json)).toMatchObject({
      status: 'ALLOCATED',
      role: 'STANDALONE',
    });
    await openstack('amphora', 'configure', id);
    const rows = async (sql: string) => (await scene.database.query(sql)).rows;
    const flow = `select status from dbos.workflow_status where name = 'amphora-config-update'`;
    await expect.poll(() => rows(flow)).toEqual([{ status: 'SUCCESS' }]);
    await expect(openstack('amphora', 'delete', id)).rejects.toThrow(/is immutable/);
    await openstack('amphora', 'failover', '--wait', id);
    await scene.api.untilActive(loadBalancerId);
    const after = await listed('amphora', 'list', ofIt);
    expect(after).toMatchObject([{ status: 'ALLOCATED' }]);
    expect(after[0]?.['id']).not.toBe(id);
    const failed = '3f2a0c1e-7c5b-4d8e-9a6f-1b2c3d4e5f61';
    await rows(`insert into amphora (id, status) values ('${failed}', 'ERROR')`);
    await openstack('amphora', 'delete', failed);
    const left = `select status from amphora where id = '${failed}'`;
    await expect.poll(() => rows(left)).toEqual([{ status: 'DELETED' }]);
    await scene.api.lbaas('DELETE', `loadbalancers/${loadBalancerId}?cascade=true`);
  },
  LIFE_TIMEOUT_MS,
);
