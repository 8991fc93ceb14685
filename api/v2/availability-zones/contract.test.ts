import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Api, activeLoadBalancer, SUBNET, startApi } from '../../testing/harness.ts';

let api: Api;
let profile: string;
beforeAll(async () => {
  api = await startApi();
  profile = await profileWith({ compute_zone: 'az1' });
  await create({ name: 'fixed' });
});
afterAll(() => api.close());

const NETWORK = '11111111-1111-4111-8111-111111111111';
async function profileWith(data: object): Promise<string> {
  const availability_zone_data = JSON.stringify(data);
  const made = await api.post('/availabilityzoneprofiles', {
    availability_zone_profile: { name: 'p', provider_name: 'amphora', availability_zone_data },
  });
  return made.json.availability_zone_profile.id;
}
const create = (attributes: object) =>
  api.post('/availabilityzones', {
    availability_zone: { name: randomUUID(), availability_zone_profile_id: profile, ...attributes },
  });
const onZone = (availability_zone: string, attributes: object = {}) =>
  api.post('/loadbalancers', {
    loadbalancer: { vip_subnet_id: SUBNET, availability_zone, ...attributes },
  });

const unknown = '3f2a0c1e-7c5b-4d8e-9a6f-1b2c3d4e5f60';
test('a zone is known by its name, whatever characters are in it', async () => {
  for (const name of ['a b', 'ä/ö', '100%', '?x=1', "'; drop table pool; --"]) {
    expect((await create({ name })).status).toBe(201);
    const path = `/availabilityzones/${encodeURIComponent(name)}`;
    const shown = await api.get(path);
    expect(shown.json.availability_zone).toEqual({
      name,
      description: '',
      enabled: true,
      availability_zone_profile_id: profile,
    });
    expect((await api.delete(path)).status).toBe(204);
  }
  for (const name of ['nobody', '%00', '00000000-0000-0000-0000-000000000000'])
    expect((await api.get(`/availabilityzones/${name}`)).status).toBe(404);
});

test('names are unique, also when they are asked for at once', async () => {
  const answers = await Promise.all([1, 2, 3, 4].map(() => create({ name: 'twice' })));
  const refused = answers.filter((answer) => answer.status !== 201);
  expect(refused.map((answer) => answer.status)).toEqual([409, 409, 409]);
  expect(refused[0]?.json.faultstring).toBe('A availability zone of twice already exists.');
});

test('zones are listed by name, and pages go by it', async () => {
  const own = await startApi();
  const made = await own.post('/availabilityzoneprofiles', {
    availability_zone_profile: {
      name: 'p',
      provider_name: 'amphora',
      availability_zone_data: '{}',
    },
  });
  const { id } = made.json.availability_zone_profile;
  const names = ['a&b', 'b c', 'ä', 'Z'];
  for (const name of names)
    await own.post('/availabilityzones', {
      availability_zone: { name, availability_zone_profile_id: id, enabled: name !== 'Z' },
    });
  const list = await own.get('/availabilityzones');
  expect(Object.keys(list.json)).toEqual(['availability_zones', 'availability_zones_links']);
  const seen: string[] = [];
  let next: string | undefined = '/v2/lbaas/availabilityzones?limit=1';
  while (next !== undefined && seen.length < 9) {
    const page = await own.get(next);
    seen.push(...page.json.availability_zones.map((zone: { name: string }) => zone.name));
    const link = page.json.availability_zones_links.find(
      (each: { rel: string }) => each.rel === 'next',
    );
    next = link && new URL(link.href).pathname + new URL(link.href).search;
  }
  expect(seen).toEqual(['Z', 'a&b', 'b c', 'ä']);
  const off = await own.get('/availabilityzones?enabled=false&sort=name:desc');
  expect(off.json.availability_zones).toHaveLength(1);
  expect((await own.get('/availabilityzones?marker=nobody')).status).toBe(400);
  await own.close();
});

test('a load balancer is built in its zone, which stays as long as it is there', async () => {
  await create({ name: 'north' });
  api.provider.calls.length = 0;
  const id = await activeLoadBalancer(api, { availability_zone: 'north' });
  expect(api.provider.calls.map((call) => call.action)).toEqual([
    'validateAvailabilityZone',
    'loadBalancerCreate',
  ]);
  expect(api.provider.calls[1]?.parameters[0]).toMatchObject({
    availabilityZone: 'north',
    availabilityZoneMetadata: { compute_zone: 'az1' },
  });
  const found = await api.get('/loadbalancers?availability_zone=north');
  expect(found.json.loadbalancers[0]).toMatchObject({ id, availability_zone: 'north' });
  const refused = await api.delete('/availabilityzones/north');
  expect([refused.status, refused.json.faultstring]).toEqual([
    409,
    'Availability Zone north is in use and cannot be modified.',
  ]);
  await api.delete(`/loadbalancers/${id}`);
  await api.finish();
  expect((await api.delete('/availabilityzones/north')).status).toBe(204);
});

test('a zone that is switched off, or whose VIPs lie elsewhere, is refused before anything is made', async () => {
  await create({ name: 'off', enabled: false });
  await create({
    name: 'elsewhere',
    availability_zone_profile_id: await profileWith({ valid_vip_networks: [unknown] }),
  });
  await create({
    name: 'here',
    availability_zone_profile_id: await profileWith({ valid_vip_networks: [unknown, NETWORK] }),
  });
  api.provider.ports.clear();
  expect((await onZone('off')).json.faultstring).toBe(
    'The selected availability_zone is not allowed in this deployment: off',
  );
  expect((await onZone('elsewhere')).json.faultstring).toBe(
    'Validation failure: Supplied VIP network_id is not allowed by the configuration of this deployment.',
  );
  expect((await onZone('\0')).status).toBe(400);
  expect(api.provider.ports.size).toBe(0);
  expect((await onZone('here')).status).toBe(201);
});

test('a provider that refuses what the flavor or the zone says is heard before a port is made', async () => {
  api.provider.ports.clear();
  const { OctaviaError } = await import('#core/domain/errors.ts');
  api.provider.fault = new OctaviaError('provider-unsupported-option', 'no such zone');
  const answer = await onZone('fixed');
  api.provider.fault = null;
  expect([answer.status, answer.json.faultstring]).toEqual([
    501,
    "Provider 'amphora' does not support a requested option: no such zone",
  ]);
  expect(api.provider.ports.size).toBe(0);
});
