import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AntiAffinity, DEFAULT_MACHINE } from '#core/domain/machine-spec.ts';
import { createTestDatabase, type TestDatabase } from '../../tests/testing/servers.ts';
import { type LocalAmphoraPaths, localAmphoraPaths } from './amphora-paths.ts';
import { run } from './command.ts';
import { localCompute } from './compute-driver.ts';
import { killServer } from './local-cloud.ts';
import { localNetworkId, machineNamespaceOf } from './names.ts';
import { processesOf } from './namespaces.ts';
import { localNetwork } from './network-driver.ts';
import { hostStateOf, ip } from './testing/host-state.ts';
import { IDLE_AGENT, type ScratchCloud, startScratchCloud } from './testing/scratch-cloud.ts';

// A busy machine may take its time.
const SOON = { timeout: 60_000 };

let db: TestDatabase;
let scratch: ScratchCloud;
beforeAll(async () => {
  db = await createTestDatabase();
  scratch = await startScratchCloud(db.database);
});
afterAll(async () => {
  await scratch.close();
  await db.close();
});

interface Machine {
  readonly amphoraId: string;
  readonly computeId: string;
  readonly namespace: string;
  readonly paths: LocalAmphoraPaths;
}

async function build(
  agentCommand = IDLE_AGENT,
  amphoraId: string = randomUUID(),
): Promise<Machine> {
  const options = { ...scratch.options, agentCommand };
  const paths = localAmphoraPaths(options, amphoraId);
  const files = [
    { path: paths.agentConfig, contents: '[DEFAULT]\n' },
    { path: paths.serverCert, contents: 'a key\n' },
  ];
  const { computeId } = await localCompute(options).build({
    amphoraId,
    files,
    spec: DEFAULT_MACHINE,
  });
  const namespace = machineNamespaceOf(options.namePrefix, amphoraId);
  return { amphoraId, computeId, namespace, paths };
}

async function makePort(): Promise<{ id: string; macAddress: string }> {
  return localNetwork(scratch.options).createPort({
    name: randomUUID(),
    networkId: localNetworkId(scratch.options.namePrefix, 'private'),
    deviceId: '',
    fixedIps: [],
    allowedAddresses: [],
    securityGroupIds: [],
  });
}

/** Agents that run for an amphora, the shell's own children left out. */
function agentsOf(machine: Machine): readonly number[] {
  return processesOf(machine.namespace).filter((pid) =>
    readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(machine.paths.agentConfig),
  );
}

describe('a machine', () => {
  test('has its boot files, which only root can read', async () => {
    const machine = await build();
    expect(readFileSync(machine.paths.serverCert, 'utf8')).toBe('a key\n');
    expect(statSync(machine.paths.serverCert).mode & 0o777).toBe(0o600);
    await localCompute(scratch.options).delete(machine.computeId);
    expect(existsSync(machine.paths.root)).toBe(false);
    expect(existsSync(machine.paths.basePath)).toBe(false);
  });

  test('takes no boot file outside its folder', async () => {
    const amphoraId = randomUUID();
    const { root } = localAmphoraPaths(scratch.options, amphoraId);
    for (const path of ['/etc/passwd', join(root, '..', 'other'), `${root}/../x`, `${root}x/y`]) {
      const files = [{ path, contents: '' }];
      const request = { amphoraId, files, spec: DEFAULT_MACHINE };
      await expect(localCompute(scratch.options).build(request)).rejects.toThrow(path);
    }
    expect(await localCompute(scratch.options).find(amphoraId)).toBeNull();
  });

  test('is refused by what one box cannot be: two hosts, or reached by another network', async () => {
    const compute = localCompute(scratch.options);
    await expect(compute.ensureServerGroup('g', AntiAffinity.Hard)).rejects.toThrow(
      'set [nova] anti_affinity_policy to soft-anti-affinity',
    );
    const managementNetworkId = localNetworkId(scratch.options.namePrefix, 'private');
    const spec = { ...DEFAULT_MACHINE, managementNetworkIds: [managementNetworkId] };
    await expect(compute.build({ amphoraId: randomUUID(), files: [], spec })).rejects.toThrow(
      `cannot be managed by network ${managementNetworkId}`,
    );
  });

  test('reaches the host over the LB network', async () => {
    const machine = await build();
    const host = /^(\d+\.\d+\.\d+)\./.exec(scratch.options.lbNetworkCidr)?.[1];
    const namespace = `--net=/run/netns/${machine.namespace}`;
    await expect(
      run('nsenter', [namespace, 'ping', '-c', '1', '-W', '2', `${host}.1`]),
    ).resolves.toContain('1 received');
    await localCompute(scratch.options).delete(machine.computeId);
  });

  test('has a stats socket path short enough for HAProxy however long the data folder is', () => {
    const dataDir = `/${'long/'.repeat(40)}`;
    const { basePath } = localAmphoraPaths({ ...scratch.options, dataDir }, randomUUID());
    expect(join(basePath, `${randomUUID()}.sock`).length).toBeLessThanOrEqual(97);
  });

  test('whose agent dies at its start is in ERROR, with the last words of the agent', async () => {
    const machine = await build(['sh', '-c', 'echo no such option: frobnicate >&2; exit 1']);
    const compute = localCompute(scratch.options);
    await expect
      .poll(async () => (await compute.get(machine.computeId))?.fault, SOON)
      .toContain('no such option: frobnicate');
    expect(await compute.get(machine.computeId)).toMatchObject({ status: 'ERROR' });
    await compute.delete(machine.computeId);
  });

  test('gives its agent nothing of the environment of the worker', async () => {
    process.env['OS_DATABASE__CONNECTION'] = 'postgresql://secret';
    const machine = await build(['sh', '-c', 'env; while :; do sleep 60; done', 'agent']);
    delete process.env['OS_DATABASE__CONNECTION'];
    await expect.poll(() => readFileSync(machine.paths.agentLog, 'utf8'), SOON).toContain('PATH=');
    expect(readFileSync(machine.paths.agentLog, 'utf8')).not.toContain('secret');
    await localCompute(scratch.options).delete(machine.computeId);
  });

  test('that is killed has no process left, and is in ERROR', async () => {
    const machine = await build();
    await killServer(scratch.options, machine.computeId);
    expect(processesOf(machine.namespace)).toEqual([]);
    const compute = localCompute(scratch.options);
    expect(await compute.get(machine.computeId)).toMatchObject({ status: 'ERROR' });
    await compute.delete(machine.computeId);
    expect(hostStateOf(scratch.options.namePrefix).join()).not.toContain(machine.amphoraId);
  });
});

describe('a port', () => {
  test('is a NIC of the machine with the MAC of the port, and down until the agent wants it', async () => {
    const machine = await build();
    const port = await makePort();
    await localCompute(scratch.options).attachPort(machine.computeId, port.id);
    const link = ip(machine.namespace, '-o', 'link')
      .split('\n')
      .find((line) => line.includes(port.macAddress));
    expect(link).toMatch(/state DOWN/);
    await localCompute(scratch.options).delete(machine.computeId);
  });

  test('is pulled out of the namespace that the agent moved it to', async () => {
    const machine = await build();
    const port = await makePort();
    const compute = localCompute(scratch.options);
    await compute.attachPort(machine.computeId, port.id);
    const { haproxyNamespace } = machine.paths;
    const nic = /(nic\w+)@/.exec(ip(machine.namespace, '-o', 'link'))?.[1] ?? '';
    await run('ip', ['netns', 'add', haproxyNamespace]);
    ip(machine.namespace, 'link', 'set', nic, 'name', 'eth1', 'netns', haproxyNamespace);
    expect(ip(haproxyNamespace, 'link')).toContain(port.macAddress);
    await compute.attachPort(machine.computeId, port.id);
    expect(ip(haproxyNamespace, 'link')).toContain(port.macAddress);
    await compute.detachPort(machine.computeId, port.id);
    expect(ip(haproxyNamespace, 'link')).not.toContain(port.macAddress);
    await compute.delete(machine.computeId);
    expect(hostStateOf(scratch.options.namePrefix).join()).not.toContain(machine.amphoraId);
  });

  test('of one machine cannot be attached to another', async () => {
    const [one, two] = [await build(), await build()];
    const port = await makePort();
    const compute = localCompute(scratch.options);
    await compute.attachPort(one.computeId, port.id);
    await expect(compute.attachPort(two.computeId, port.id)).rejects.toThrow(one.computeId);
    await compute.delete(one.computeId);
    await compute.delete(two.computeId);
  });

  test('that is deleted while it is attached takes its NIC with it', async () => {
    const machine = await build();
    const port = await makePort();
    await localCompute(scratch.options).attachPort(machine.computeId, port.id);
    await localNetwork(scratch.options).deletePort(port.id);
    expect(ip(machine.namespace, 'link')).not.toContain(port.macAddress);
    await localCompute(scratch.options).delete(machine.computeId);
  });
});

/** What of a machine is there when its builder dies; each is the whole machine with something not yet made. */
const STAGES: readonly (readonly [string, (machine: Machine) => Promise<unknown>])[] = [
  ['everything but the note that it is done', async () => {}],
  ['the agent, whose pid nobody wrote down', ({ paths }) => rm(paths.agentPid)],
  ['the NIC, but no agent', ({ computeId }) => killServer(scratch.options, computeId)],
  [
    'the namespace, but no NIC',
    async ({ computeId, namespace }) => {
      await killServer(scratch.options, computeId);
      ip(namespace, 'link', 'delete', 'eth0');
    },
  ],
  [
    'the name of the namespace, but no namespace',
    async ({ computeId, namespace }) => {
      await killServer(scratch.options, computeId);
      ip(namespace, 'link', 'delete', 'eth0');
      await run('umount', [`/run/netns/${namespace}`]);
    },
  ],
  [
    'the row, and nothing on the host',
    async ({ computeId, namespace, paths }) => {
      await killServer(scratch.options, computeId);
      ip(namespace, 'link', 'delete', 'eth0');
      await run('ip', ['netns', 'delete', namespace]);
      await rm(dirname(paths.basePath), { recursive: true });
      await rm(paths.root, { recursive: true });
    },
  ],
];

describe.each(STAGES)('a builder that died and left %s', (_stage, leave) => {
  const halfBuilt = async (): Promise<Machine> => {
    const machine = await build();
    await expect.poll(() => agentsOf(machine), SOON).toHaveLength(1);
    await leave(machine);
    await db.database.query('update local_cloud.server set started_at = null where id = $1', [
      machine.computeId,
    ]);
    return machine;
  };

  test('is completed by building again: one machine, one NIC, one agent', async () => {
    const { amphoraId } = await halfBuilt();
    const again = await build(IDLE_AGENT, amphoraId);
    const compute = localCompute(scratch.options);
    expect(await compute.get(again.computeId)).toMatchObject({ status: 'ACTIVE' });
    await expect.poll(() => agentsOf(again), SOON).toHaveLength(1);
    expect(ip(again.namespace, '-o', 'link').match(/^\d+: eth0/gm)).toHaveLength(1);
    expect(ip(again.namespace, 'address')).toContain('inet 100.');
    await compute.delete(again.computeId);
  });

  test('is cleared away by whoever looks for the machine', async () => {
    const machine = await halfBuilt();
    expect(await localCompute(scratch.options).find(machine.amphoraId)).toBeNull();
    expect(hostStateOf(scratch.options.namePrefix).join()).not.toContain(machine.amphoraId);
    expect(existsSync(machine.paths.root)).toBe(false);
    const rows = await db.database.query('select from local_cloud.server where id = $1', [
      machine.computeId,
    ]);
    expect(rows.rowCount).toBe(0);
  });
});

test('a machine that is still being built is BUILDING, and nobody clears it away', async () => {
  const machine = await build();
  const builder = await db.database.connect();
  await db.database.query('update local_cloud.server set started_at = null where id = $1', [
    machine.computeId,
  ]);
  await builder.query('begin');
  await builder.query('select from local_cloud.server where id = $1 for update', [
    machine.computeId,
  ]);
  const compute = localCompute(scratch.options);
  expect(await compute.get(machine.computeId)).toMatchObject({ status: 'BUILDING' });
  await builder.query('rollback');
  builder.release();
  await compute.delete(machine.computeId);
});
