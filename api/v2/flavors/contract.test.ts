import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type Api,
  activeLoadBalancer,
  activePool,
  SUBNET,
  startApi,
} from '../../testing/harness.ts';

let api: Api;
let profile: string;
let id: string;
beforeAll(async () => {
  api = await startApi();
  profile = await profileWith({});
  id = (await create({})).json.flavor.id;
});
afterAll(() => api.close());

async function profileWith(data: object, provider_name = 'amphora'): Promise<string> {
  const flavor_data = JSON.stringify(data);
  const made = await api.post('/flavorprofiles', {
    flavorprofile: { name: 'p', provider_name, flavor_data },
  });
  return made.json.flavorprofile.id;
}
const create = (attributes: object) =>
  api.post('/flavors', {
    flavor: { name: randomUUID(), flavor_profile_id: profile, ...attributes },
  });
const flavorWith = async (data: object, attributes: object = {}): Promise<string> => {
  const made = await create({ flavor_profile_id: await profileWith(data), ...attributes });
  return made.json.flavor.id;
};

const unknown = '3f2a0c1e-7c5b-4d8e-9a6f-1b2c3d4e5f60';
test('names are unique, also when they are asked for at once, and on renaming', async () => {
  const answers = await Promise.all([1, 2, 3, 4].map(() => create({ name: 'gold' })));
  expect(answers.map((answer) => answer.status).toSorted((a, b) => a - b)).toEqual([
    201, 409, 409, 409,
  ]);
  const renamed = await api.put(`/flavors/${id}`, { flavor: { name: 'gold' } });
  expect([renamed.status, renamed.json.faultstring]).toEqual([
    409,
    'A flavor of gold already exists.',
  ]);
});

test('an unknown flavor is a 404 everywhere', async () => {
  for (const each of [unknown, '00000000-0000-0000-0000-000000000000', 'x']) {
    const path = `/flavors/${each}`;
    for (const answer of [
      await api.get(path),
      await api.put(path, { flavor: { name: 'n' } }),
      await api.delete(path),
    ])
      expect([answer.status, answer.json.faultstring]).toEqual([404, `Flavor ${each} not found.`]);
  }
});

test('flavors are listed by id, filtered and paged', async () => {
  for (const name of ['silver', 'bronze']) await create({ name });
  const list = await api.get('/flavors?limit=2');
  expect(Object.keys(list.json)).toEqual(['flavors', 'flavors_links']);
  const all: string[] = (await api.get('/flavors')).json.flavors.map(
    (each: { id: string }) => each.id,
  );
  expect(all).toEqual([...all].sort());
  const next = list.json.flavors_links.find((link: { rel: string }) => link.rel === 'next').href;
  const second = await api.get(new URL(next).pathname + new URL(next).search);
  expect(second.json.flavors[0].id).toBe(all[2]);
  const gold = await api.get('/flavors?name=gold&fields=name');
  expect(gold.json.flavors).toEqual([{ name: 'gold' }]);
  await create({ name: 'off', enabled: false });
  const off = await api.get('/flavors?enabled=false&fields=name');
  expect(off.json.flavors).toContainEqual({ name: 'off' });
  expect(off.json.flavors).not.toContainEqual({ name: 'gold' });
});

test('a load balancer is built by its flavor, with the flavor’s provider and topology', async () => {
  const profileId = await profileWith({ loadbalancer_topology: 'ACTIVE_STANDBY' }, 'octavia');
  const flavor_id = (await create({ flavor_profile_id: profileId })).json.flavor.id;
  api.provider.calls.length = 0;
  const made = await api.post('/loadbalancers', {
    loadbalancer: { vip_subnet_id: SUBNET, flavor_id },
  });
  expect(made.status, made.text).toBe(201);
  expect(made.json.loadbalancer).toMatchObject({ flavor_id, provider: 'octavia' });
  expect(api.provider.calls.map((call) => call.action)).toEqual([
    'validateFlavor',
    'loadBalancerCreate',
  ]);
  expect(api.provider.calls[1]?.parameters[0]).toMatchObject({
    topology: 'ACTIVE_STANDBY',
    flavorMetadata: { loadbalancer_topology: 'ACTIVE_STANDBY' },
    availabilityZoneMetadata: null,
  });
  await api.finish();
  const found = await api.get(`/loadbalancers?flavor_id=${flavor_id}&topology=ACTIVE_STANDBY`);
  expect(found.json.loadbalancers).toHaveLength(1);
  await api.delete(`/loadbalancers/${made.json.loadbalancer.id}`);
  await api.finish();
});

test('flavors that are switched off, or another provider’s, are refused before anything is made', async () => {
  const off = await flavorWith({}, { enabled: false });
  const on = await flavorWith({});
  api.provider.ports.clear();
  for (const [attributes, fault] of [
    [{ flavor_id: off }, `The selected flavor is not allowed in this deployment: ${off}`],
    [
      { flavor_id: on, provider: 'octavia' },
      `Flavor '${on}' is not compatible with provider 'octavia'`,
    ],
    [{ flavor_id: on, provider: null }, `Flavor '${on}' is not compatible with provider 'None'`],
  ] as const) {
    const answer = await api.post('/loadbalancers', {
      loadbalancer: { vip_subnet_id: SUBNET, ...attributes },
    });
    expect([answer.status, answer.json.faultstring]).toEqual([400, fault]);
  }
  const direct = await api.post('/loadbalancers', {
    loadbalancer: {
      vip_subnet_id: SUBNET,
      flavor_id: await flavorWith({ sriov_vip: true }),
      vip_sg_ids: [unknown],
    },
  });
  expect([direct.status, direct.json.faultstring]).toEqual([
    400,
    'Validation failure: VIP Security Groups are not allowed with VNIC direct type',
  ]);
  expect(api.provider.ports.size).toBe(0);
});

test('a port that is handed through to a machine gets no security groups later either', async () => {
  const flavor_id = await flavorWith({ sriov_vip: true });
  const path = `/loadbalancers/${await activeLoadBalancer(api, { flavor_id })}`;
  const refused = await api.put(path, { loadbalancer: { vip_sg_ids: [unknown] } });
  expect([refused.status, refused.json.faultstring]).toEqual([
    400,
    'Validation failure: VIP Security Groups are not allowed with VNIC direct type',
  ]);
  expect((await api.get(path)).json.loadbalancer.provisioning_status).toBe('ACTIVE');
  expect((await api.put(path, { loadbalancer: { vip_sg_ids: [] } })).status).toBe(200);
});

test('members may ask for SR-IOV ports where the flavor allows it, and nowhere else', async () => {
  const fault = 'The load balancer flavor does not allow SR-IOV member ports.';
  const member = { address: '10.0.0.1', protocol_port: 80, request_sriov: true };
  for (const [data, isAllowed] of [
    [{ allow_member_sriov: true }, true],
    [{ allow_member_sriov: false }, false],
    [{}, false],
  ] as const) {
    const flavor_id = await flavorWith(data);
    const own = { name: 'p', protocol: 'TCP', lb_algorithm: 'SOURCE_IP' };
    const whole = await api.post('/loadbalancers', {
      loadbalancer: { vip_subnet_id: SUBNET, flavor_id, pools: [{ ...own, members: [member] }] },
    });
    expect(whole.status, whole.text).toBe(isAllowed ? 201 : 400);
    await api.finish();
    const pool = await activePool(api, await activeLoadBalancer(api, { flavor_id }));
    const path = `/pools/${pool}/members`;
    const one = await api.post(path, { member });
    await api.finish();
    const batch = await api.put(path, { members: [{ ...member, protocol_port: 81 }] });
    await api.finish();
    const answers = [whole, one, batch];
    expect(answers.map((answer) => answer.json?.faultstring)).toEqual(
      isAllowed ? [undefined, undefined, undefined] : [fault, fault, fault],
    );
    if (isAllowed) expect(one.json.member.vnic_type).toBe('direct');
  }
});

test('a flavor lives as long as a load balancer of it, and no longer than that', async () => {
  const flavor_id = await flavorWith({});
  const loadBalancer = await activeLoadBalancer(api, { flavor_id });
  const path = `/flavors/${flavor_id}`;
  const refused = await api.delete(path);
  expect([refused.status, refused.json.faultstring]).toEqual([
    409,
    `Flavor ${flavor_id} is in use and cannot be modified.`,
  ]);
  expect((await api.put(path, { flavor: { enabled: false } })).status).toBe(200);
  await api.delete(`/loadbalancers/${loadBalancer}`);
  expect((await api.delete(path)).status, 'still pending').toBe(409);
  await api.finish();
  expect((await api.delete(path)).status).toBe(204);
  const row = await api.database.query('select flavor_id from load_balancer where id = $1', [
    loadBalancer,
  ]);
  expect(row.rows).toEqual([{ flavor_id: null }]);
});

test('a load balancer and the end of its flavor at once: one of the two is refused', async () => {
  for (let round = 0; round < 10; round++) {
    const flavor_id = await flavorWith({});
    const [made, gone] = await Promise.all([
      api.post('/loadbalancers', { loadbalancer: { vip_subnet_id: SUBNET, flavor_id } }),
      api.delete(`/flavors/${flavor_id}`),
    ]);
    expect([
      [201, 409],
      [400, 204],
    ]).toContainEqual([made.status, gone.status]);
    if (made.status === 400)
      expect(made.json.faultstring).toBe('Validation failure: Invalid flavor_id.');
  }
});
