import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { members } from '#core/db/repositories/member.ts';
import { transaction } from '#core/db/transaction.ts';
import type { FlowName } from '#core/queue/flows.ts';
import { Faults } from '#drivers/noop/faults.ts';
import { createTestDatabase, type TestDatabase } from '../../tests/testing/servers.ts';
import type { Flow } from '../engine/flow.ts';
import { FLOWS } from '../flows/all-flows.ts';
import { inputFor, markFor } from '../testing/as-the-api.ts';
import {
  impatientClock,
  memoryCloud,
  type NoopCloud,
  noopWorld,
  silentLogger,
} from '../testing/noop-world.ts';
import { type Family, insertFamily, newFamily } from '../testing/rows.ts';
import { runOnce } from '../testing/run-once.ts';
import type { World } from '../world.ts';

let test_: TestDatabase;
let cloud: NoopCloud;
let faults: Faults;
let world: World;
let family: Family;

beforeAll(async () => {
  test_ = await createTestDatabase();
});
afterAll(() => test_.close());
beforeEach(async () => {
  cloud = memoryCloud();
  faults = new Faults();
  const { database } = test_;
  world = noopWorld({ database, cloud, faults, clock: impatientClock, logger: silentLogger });
  family = newFamily();
  await transaction(database, (tx) => insertFamily(tx, family, 'PENDING_CREATE'));
  await run('load-balancer-create');
});

async function run(name: FlowName): Promise<void> {
  await transaction(test_.database, (tx) => markFor(tx, name, family));
  await runOnce(FLOWS[name] as Flow<FlowName, World>, inputFor(family, ''), world);
}

/** Stores a second member; the flows then find that one as theirs. */
async function addMember(subnetId: string | null): Promise<void> {
  const first = await members.find(test_.database, family.memberId);
  if (first === null) throw new Error('the member was not stored');
  const id = randomUUID();
  await transaction(test_.database, (tx) =>
    members.insert(tx, { ...first, id, address: '192.0.2.11', subnetId }),
  );
  family = { ...family, memberId: id };
}

async function firstSubnet(): Promise<string | null> {
  return (await members.find(test_.database, family.memberId))?.subnetId ?? null;
}

async function subnetsWithPort(): Promise<readonly (string | undefined)[]> {
  const ports = (await cloud.ports.all()).filter((port) => port.name.includes('member'));
  return ports.map((port) => port.fixedIps[0]?.subnetId);
}

test('a member on a subnet of its own gets the amphora a port there, which goes with it', async () => {
  const [first, second] = [await firstSubnet(), randomUUID()];
  await addMember(second);
  await run('member-create');
  expect(await subnetsWithPort()).toEqual([first, second]);
  await run('member-delete');
  expect(await subnetsWithPort()).toEqual([first]);
});

test('a second member on a subnet uses the port that is there, and the agent is left in peace', async () => {
  const subnet = await firstSubnet();
  const told = faults.callsOf('amphora.plugNetwork');
  await addMember(subnet);
  await run('member-create');
  await run('member-update');
  expect(await subnetsWithPort()).toEqual([subnet]);
  expect(faults.callsOf('amphora.plugNetwork')).toBe(told);
});

test('a member on the subnet of the VIP needs no port', async () => {
  const vip = await test_.database.query<{ id: string }>(
    'select vip_subnet_id as id from load_balancer where id = $1',
    [family.loadBalancerId],
  );
  const first = await firstSubnet();
  await addMember(vip.rows[0]?.id ?? null);
  await run('member-create');
  expect(await subnetsWithPort()).toEqual([first]);
});

test('a member whose network could not be plugged leaves no port, and is mended by an update', async () => {
  const [first, second] = [await firstSubnet(), randomUUID()];
  await addMember(second);
  const call = faults.callsOf('amphora.plugNetwork') + 1;
  faults.plan('amphora.plugNetwork', { kind: 'fail', retryable: false, times: 1 }, call);
  await expect(run('member-create')).rejects.toThrow('plug-member-networks');
  expect(await subnetsWithPort()).toEqual([first]);
  await run('member-update');
  expect(await subnetsWithPort()).toEqual([first, second]);
});

test('an agent that answers late costs a few attempts, not the member', async () => {
  await addMember(randomUUID());
  const call = faults.callsOf('amphora.plugNetwork') + 1;
  faults.plan('amphora.plugNetwork', { kind: 'fail', retryable: true, times: 2 }, call);
  await run('member-create');
  const stored = await members.find(test_.database, family.memberId);
  expect(stored?.provisioningStatus).toBe('ACTIVE');
});
