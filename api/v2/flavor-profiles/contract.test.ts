import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { amphoraProvider } from '#drivers/amphora-provider/provider.ts';
import { type Api, startApi } from '../../testing/harness.ts';
import { testNetwork } from '../../testing/in-memory-provider.ts';

let api: Api;
let id: string;
const driver = amphoraProvider({ name: 'amphora', network: testNetwork() });
beforeAll(async () => {
  api = await startApi('', {
    providers: {
      enabled: { amphora: 'ours', lost: 'not loaded', bare: 'without a method' },
      drivers: new Map([
        ['amphora', driver],
        ['bare', { name: 'bare' }],
      ]),
      callTimeoutMs: 1000,
    },
  });
  id = (await create({})).json.flavorprofile.id;
});
afterAll(() => api.close());

const SINGLE = '{"loadbalancer_topology": "SINGLE"}';
const create = (attributes: object) =>
  api.post('/flavorprofiles', {
    flavorprofile: {
      name: 'p',
      provider_name: 'amphora',
      flavor_data: SINGLE,
      ...attributes,
    },
  });

test.each([
  ['{"x": 1}', "Additional properties are not allowed ('x' was unexpected)"],
  ['{"__proto__": 1}', "Additional properties are not allowed ('__proto__' was unexpected)"],
  [
    '{"loadbalancer_topology": "ALL"}',
    "loadbalancer_topology 'ALL' is not one of ['ACTIVE_STANDBY', 'SINGLE']",
  ],
  ['{"compute_flavor": 5}', "compute_flavor 5 is not of type 'string'"],
  ['{"sriov_vip": "yes"}', "sriov_vip 'yes' is not of type 'boolean'"],
])('the provider refuses %s, on create and on update, and nothing changes', async (data, words) => {
  const before = (await api.get('/flavorprofiles')).json;
  for (const answer of [
    await create({ flavor_data: data }),
    await api.put(`/flavorprofiles/${id}`, { flavorprofile: { flavor_data: data } }),
  ])
    expect([answer.status, answer.json.faultstring]).toEqual([
      501,
      `Provider 'amphora' does not support a requested option: ${words}`,
    ]);
  expect((await api.get('/flavorprofiles')).json).toEqual(before);
});

test('a provider that was not loaded, or cannot check flavors, is a 501', async () => {
  const lost = await create({ provider_name: 'lost' });
  expect([lost.status, lost.json.faultstring]).toEqual([501, "Provider 'lost' was not found."]);
  const bare = await create({ provider_name: 'bare' });
  expect([bare.status, bare.json.faultstring]).toEqual([
    501,
    "Provider 'bare' does not support a requested action: This provider does not support validating flavors.",
  ]);
});

test('a profile that a flavor stands for keeps its meaning, but not its name', async () => {
  const profile = (await create({ name: 'used' })).json.flavorprofile;
  const flavor = await api.post('/flavors', {
    flavor: { name: 'of used', flavor_profile_id: profile.id },
  });
  const path = `/flavorprofiles/${profile.id}`;
  const inUse = `Flavor profile ${profile.id} is in use and cannot be modified.`;
  for (const answer of [
    await api.put(path, { flavorprofile: { flavor_data: '{}' } }),
    await api.put(path, { flavorprofile: { name: 'other', provider_name: 'amphora' } }),
    await api.delete(path),
  ])
    expect([answer.status, answer.json.faultstring]).toEqual([409, inUse]);
  expect((await api.get(path)).json.flavorprofile).toEqual(profile);
  const renamed = await api.put(path, { flavorprofile: { name: 'renamed' } });
  expect(renamed.json.flavorprofile).toEqual({ ...profile, name: 'renamed' });

  expect((await api.delete(`/flavors/${flavor.json.flavor.id}`)).status).toBe(204);
  expect((await api.delete(path)).status).toBe(204);
  expect((await api.get(path)).status).toBe(404);
});

test('a flavor and the end of its profile at once: one of the two is refused', async () => {
  for (let round = 0; round < 10; round++) {
    const profile = (await create({})).json.flavorprofile;
    const [made, gone] = await Promise.all([
      api.post('/flavors', { flavor: { name: randomUUID(), flavor_profile_id: profile.id } }),
      api.delete(`/flavorprofiles/${profile.id}`),
    ]);
    expect([
      [201, 409],
      [400, 204],
    ]).toContainEqual([made.status, gone.status]);
  }
});

test('an unknown profile is a 404, and a delete spells it otherwise', async () => {
  for (const unknown of [randomUUID(), '00000000-0000-0000-0000-000000000000', 'x']) {
    const path = `/flavorprofiles/${unknown}`;
    const shown = await api.get(path);
    expect([shown.status, shown.json.faultstring]).toEqual([
      404,
      `Flavor Profile ${unknown} not found.`,
    ]);
    expect((await api.put(path, { flavorprofile: { name: 'n' } })).status).toBe(404);
    expect((await api.delete(path)).json.faultstring).toBe(`Flavor profile ${unknown} not found.`);
  }
});

test('profiles are listed by id, filtered, sorted and paged, under the keys that clients know', async () => {
  const own = await startApi();
  for (const name of ['a', 'b', 'c'])
    await own.post('/flavorprofiles', {
      flavorprofile: {
        name,
        provider_name: name === 'c' ? 'octavia' : 'amphora',
        flavor_data: '{}',
      },
    });
  const list = await own.get('/flavorprofiles');
  expect(Object.keys(list.json)).toEqual(['flavorprofiles', 'flavorprofile_links']);
  const ids: string[] = list.json.flavorprofiles.map((each: { id: string }) => each.id);
  expect(ids).toEqual([...ids].sort());
  const names = async (query: string) =>
    (await own.get(`/flavorprofiles?${query}`)).json.flavorprofiles.map(
      (each: { name: string }) => each.name,
    );
  expect(await names('sort=name:desc')).toEqual(['c', 'b', 'a']);
  expect(await names('provider_name=octavia&fields=name')).toEqual(['c']);
  expect(await names('name=b&tags=ignored')).toEqual(['b']);
  const page = await own.get(`/flavorprofiles?limit=2&marker=${ids[0]}`);
  expect(page.json.flavorprofiles.map((each: { id: string }) => each.id)).toEqual(ids.slice(1));
  expect((await own.get('/flavorprofiles?enabled=true')).status).toBe(400);
  await own.close();
});
