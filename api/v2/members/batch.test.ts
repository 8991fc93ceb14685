import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Api, activeLoadBalancer, activePool, startApi } from '../../testing/harness.ts';

let api: Api;
let loadBalancerId: string;
let poolId: string;
beforeAll(async () => {
  api = await startApi();
});
beforeEach(async () => {
  await api.finish();
  loadBalancerId = await activeLoadBalancer(api);
  poolId = await activePool(api, loadBalancerId);
});
afterAll(() => api.close());

const at = (port: number, more: object = {}) => ({
  address: '10.0.0.1',
  protocol_port: port,
  ...more,
});
const batch = (members: unknown, query = '') =>
  api.put(`/pools/${poolId}/members${query}`, { members });

async function shown(): Promise<Record<number, { [key: string]: unknown }>> {
  const list = await api.get(`/pools/${poolId}/members`);
  const rows = list.json.members as { protocol_port: number }[];
  return Object.fromEntries(rows.map((row) => [row.protocol_port, row]));
}

async function seed(): Promise<void> {
  const first = at(1, { name: 'one', weight: 9, backup: true, tags: ['t'] });
  expect((await batch([first, at(2)])).status).toBe(202);
  await api.finish();
}

test('a batch adds what is new, replaces what is listed and removes the rest', async () => {
  await seed();
  const answer = await batch([at(1), at(3)]);
  expect(answer.status, answer.text).toBe(202);
  expect(answer.text).toBe('');
  expect(answer.headers['content-type']).toBeUndefined();
  const members = await shown();
  expect(members[1]).toMatchObject({
    provisioning_status: 'PENDING_UPDATE',
    weight: 1,
    backup: false,
    name: 'one',
    tags: ['t'],
  });
  expect(members[2]).toMatchObject({ provisioning_status: 'PENDING_DELETE' });
  expect(members[3]).toMatchObject({ provisioning_status: 'PENDING_CREATE' });
  const told = api.provider.calls.at(-1)?.parameters[1] as { protocolPort: number }[];
  expect(told.map((member) => member.protocolPort).toSorted((a, b) => a - b)).toEqual([1, 3]);
});

test('additive_only leaves the others alone', async () => {
  await seed();
  expect((await batch([at(3)], '?additive_only=True')).status).toBe(202);
  const members = await shown();
  expect(members[1]).toMatchObject({ provisioning_status: 'ACTIVE', weight: 9 });
  expect(members[3]).toMatchObject({ provisioning_status: 'PENDING_CREATE' });
});

test('nothing to do is accepted and leaves no lock', async () => {
  for (const members of [[], null]) {
    expect((await batch(members)).status).toBe(202);
    const lb = await api.get(`/loadbalancers/${loadBalancerId}`);
    expect(lb.json.loadbalancer.provisioning_status).toBe('ACTIVE');
  }
});

test('one member listed twice is refused, whether new or known, and nothing is written', async () => {
  await seed();
  const known = await batch([at(1), at(1)]);
  expect(known.status).toBe(400);
  expect(known.json.faultstring).toBe(
    'Validation failure: Member must be updated only once in the same request.',
  );
  const fresh = await batch([at(5), at(5)]);
  expect(fresh.status).toBe(409);
  expect(Object.keys(await shown())).toEqual(['1', '2']);
});

test('a body without the list, or with an id in a member, is refused', async () => {
  const none = await api.put(`/pools/${poolId}/members`, {});
  expect(none.status).toBe(400);
  const withId = await batch([at(1, { id: poolId })]);
  expect(withId.json.faultstring).toBe('Unknown attribute for argument members_.members: id');
});

test.each([
  ['169.254.169.254', '169.254.169.254'],
  ['::ffff:169.254.169.254', '0000:0000:0000:0000:0000:FFFF:A9FE:A9FE'],
])('the metadata service cannot be a member, as %s', async (address, printed) => {
  const reserved = await batch([{ address, protocol_port: 1 }]);
  expect(reserved.json.faultstring).toBe(`${printed} is not a valid option for member address`);
});

test('an unknown subnet of a new member is refused, and the pool is free again', async () => {
  const dead = 'dead0000-0000-4000-8000-000000000000';
  const answer = await batch([at(1), at(2, { subnet_id: dead })]);
  expect(answer.json.faultstring).toBe(`Subnet ${dead} not found.`);
  expect((await api.get(`/pools/${poolId}`)).json.pool.provisioning_status).toBe('ACTIVE');
});
