import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listeners } from '#core/db/repositories/listener.ts';
import { loadBalancers } from '#core/db/repositories/load-balancer.ts';
import { members } from '#core/db/repositories/member.ts';
import { pools } from '#core/db/repositories/pool.ts';
import { aListener, aLoadBalancer, aMember, aPool } from '#core/db/testing/nouns.ts';
import { transaction } from '#core/db/transaction.ts';
import { createTestDatabase, type TestDatabase } from '../tests/testing/servers.ts';

// Debian's own Python sees Debian's packages; another one in front of it may not.
const interpreter = ['/usr/bin/python3', 'python3'].find(
  (candidate) => spawnSync(candidate, ['-c', 'import octavia_lib']).status === 0,
);
const NO_CLIENT = "OpenStack's own client is not here; install python3-octavia-lib";

let own: TestDatabase;
let folder: string;
let agent: ChildProcess;
const socketPath = (name: string): string => join(folder, `${name}.sock`);

const loadBalancer = aLoadBalancer({ provisioningStatus: 'PENDING_CREATE' });
const pool = aPool(loadBalancer.id);
const listener = aListener(loadBalancer.id, { defaultPoolId: pool.id });
const member = aMember(pool.id);

beforeAll(async () => {
  own = await createTestDatabase();
  folder = await mkdtemp(join(tmpdir(), 'octavia-agent-'));
  await transaction(own.database, async (tx) => {
    await loadBalancers.insert(tx, loadBalancer);
    await pools.insert(tx, pool);
    await listeners.insert(tx, listener);
    await members.insert(tx, member);
  });
  const file = join(folder, 'octavia.conf');
  const paths = ['status', 'stats', 'get'].map(
    (name) => `${name}_socket_path = ${socketPath(name)}`,
  );
  await writeFile(
    file,
    `[database]\nconnection = ${own.url}\n[telemetry]\ndriver_agent_port = 0\n[driver_agent]\nold_octavia_lib = true\n${paths.join('\n')}\n`,
  );
  const main = new URL('main.ts', import.meta.url).pathname;
  agent = spawn(process.execPath, [main, '--config-file', file], { stdio: 'ignore' });
  for (let attempt = 0; attempt < 1200; attempt++) {
    if (await stat(socketPath('get')).catch(() => null)) return;
    await delay(50);
  }
  throw new Error('the driver agent did not make its sockets within a minute');
});
afterAll(async () => {
  agent.kill('SIGKILL');
  await own.close();
  await rm(folder, { recursive: true, force: true });
});

/** Runs Python with `lib`, a DriverLibrary on our sockets; what it prints is JSON. */
async function python(script: string): Promise<unknown> {
  const sockets = ['status', 'stats', 'get'].map((name) => `${name}_socket='${socketPath(name)}'`);
  const program = `
import json
from octavia_lib.api.drivers import driver_lib, exceptions
lib = driver_lib.DriverLibrary(${sockets.join(', ')})
${script}`;
  const { stdout } = await promisify(execFile)(interpreter ?? 'python3', ['-c', program]);
  return JSON.parse(stdout);
}

function proof(name: string, body: () => Promise<void>): void {
  test(name, async ({ skip }) => {
    skip(interpreter === undefined, NO_CLIENT);
    await body();
  });
}

proof("OpenStack's client reads a load balancer with all below it", async () => {
  const read = await python(`
lb = lib.get_loadbalancer('${loadBalancer.id}')
print(json.dumps([type(lb).__name__, lb.vip_address, lb.listeners[0]['listener_id'], lb.pools[0]['members'][0]['address']]))`);
  expect(read).toEqual(['LoadBalancer', '10.0.0.9', listener.id, '10.0.0.21']);
});

proof(
  "OpenStack's client reads each kind of object, and None for what does not exist",
  async () => {
    const read = await python(`
ids = ['${listener.id}', '${pool.id}', '${member.id}']
print(json.dumps([
  lib.get_listener(ids[0]).protocol, lib.get_pool(ids[1]).lb_algorithm, lib.get_member(ids[2]).weight,
  lib.get_healthmonitor(ids[0]), lib.get_l7policy(ids[0]), lib.get_l7rule(ids[0]), lib.get_loadbalancer('none')]))`);
    expect(read).toEqual(['TERMINATED_HTTPS', 'ROUND_ROBIN', 1, null, null, null, null]);
  },
);

proof("OpenStack's client reports statuses and learns what was wrong with them", async () => {
  const fault = await python(`
lib.update_loadbalancer_status({'loadbalancers': [{'id': '${loadBalancer.id}', 'provisioning_status': 'ACTIVE', 'operating_status': 'ONLINE'}]})
try:
  lib.update_loadbalancer_status({'pools': [{'id': '${pool.id}', 'operating_status': 'FINE'}]})
except exceptions.UpdateStatusError as e:
  print(json.dumps([e.status_object, e.status_object_id, e.fault_string]))`);
  expect(fault).toEqual(['pools', pool.id, expect.stringContaining('operating_status is "FINE"')]);
  const found = await loadBalancers.find(own.database, loadBalancer.id);
  expect(found).toMatchObject({ provisioningStatus: 'ACTIVE', operatingStatus: 'ONLINE' });
});

proof("OpenStack's client reports statistics and learns what was wrong with them", async () => {
  const fault = await python(`
good = {'id': '${listener.id}', 'active_connections': 1, 'bytes_in': 2, 'bytes_out': 3, 'request_errors': 4, 'total_connections': 5}
lib.update_listener_statistics({'listeners': [good]})
try:
  lib.update_listener_statistics({'listeners': [dict(good, bytes_in=-1)]})
except exceptions.UpdateStatisticsError as e:
  print(json.dumps([e.stats_object, e.stats_object_id, e.fault_string]))`);
  expect(fault).toEqual(['listeners', listener.id, expect.stringContaining('bytes_in is -1')]);
  const { rows } = await own.database.query('select total_connections from listener_statistics');
  expect(rows).toEqual([{ total_connections: 5 }]);
});

proof(
  "OpenStack's client fails at once, not after half a minute, when a read cannot be answered",
  async () => {
    const outcome = await python(`
try:
  lib._get_resource('amphorae', 'x')
except exceptions.DriverAgentTimeout:
  print('"timeout"')
except exceptions.DriverError:
  print('"error"')`);
    expect(outcome).toBe('error');
  },
);

test('on SIGTERM the agent removes its sockets and ends with 0', async () => {
  const ended = once(agent, 'exit');
  agent.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
  expect(await stat(socketPath('status')).catch(() => null)).toBeNull();
});
