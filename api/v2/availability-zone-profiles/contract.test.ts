import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { amphoraProvider } from '#drivers/amphora-provider/provider.ts';
import { type Api, startApi } from '../../testing/harness.ts';
import { testNetwork } from '../../testing/in-memory-provider.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi('', {
    providers: {
      enabled: { amphora: 'ours' },
      drivers: new Map([['amphora', amphoraProvider({ name: 'amphora', network: testNetwork() })]]),
      callTimeoutMs: 1000,
    },
  });
});
afterAll(() => api.close());

const create = (attributes: object) =>
  api.post('/availabilityzoneprofiles', {
    availability_zone_profile: {
      name: 'p',
      provider_name: 'amphora',
      availability_zone_data: '{"compute_zone": "az1"}',
      ...attributes,
    },
  });

const ROOT = 'availability_zone_profile';
const GONE = 'dead0000-0000-4000-8000-000000000000';
test('what the provider does not understand is a 501, a network that is not there a 500', async () => {
  for (const [data, status, fault] of [
    [
      '{"x": 1}',
      501,
      "Provider 'amphora' does not support a requested option: Additional properties are not allowed ('x' was unexpected)",
    ],
    [
      '{"valid_vip_networks": "all"}',
      501,
      "Provider 'amphora' does not support a requested option: valid_vip_networks 'all' is not of type 'array'",
    ],
    [
      `{"valid_vip_networks": ["${GONE}"]}`,
      500,
      `Provider 'amphora' reports error: Network '${GONE}' not found.`,
    ],
    [
      `{"management_network": "${GONE}"}`,
      500,
      `Provider 'amphora' reports error: Network '${GONE}' not found.`,
    ],
  ] as const) {
    const answer = await create({ availability_zone_data: data });
    expect([answer.status, answer.json.faultstring]).toEqual([status, fault]);
  }
  expect((await api.get('/availabilityzoneprofiles?name=x')).json[`${ROOT}s`]).toEqual([]);
});

test('a profile that a zone stands for keeps its meaning, but not its name', async () => {
  const profile = (await create({ name: 'used' })).json[ROOT];
  await api.post('/availabilityzones', {
    availability_zone: { name: 'z', availability_zone_profile_id: profile.id },
  });
  const path = `/availabilityzoneprofiles/${profile.id}`;
  const inUse = `Availability Zone Profile ${profile.id} is in use and cannot be modified.`;
  for (const answer of [
    await api.put(path, { [ROOT]: { availability_zone_data: '{}' } }),
    await api.put(path, { [ROOT]: { provider_name: 'amphora' } }),
    await api.delete(path),
  ])
    expect([answer.status, answer.json.faultstring]).toEqual([409, inUse]);
  const renamed = await api.put(path, { [ROOT]: { name: 'renamed' } });
  expect(renamed.json[ROOT]).toEqual({ ...profile, name: 'renamed' });
  expect((await api.delete('/availabilityzones/z')).status).toBe(204);
  expect((await api.delete(path)).status).toBe(204);
});

test('an unknown profile is a 404, and lists have their own name for links', async () => {
  for (const unknown of [randomUUID(), '00000000-0000-0000-0000-000000000000', 'x']) {
    const path = `/availabilityzoneprofiles/${unknown}`;
    for (const answer of [
      await api.get(path),
      await api.put(path, { [ROOT]: { name: 'n' } }),
      await api.delete(path),
    ])
      expect([answer.status, answer.json.faultstring]).toEqual([
        404,
        `Availability Zone Profile ${unknown} not found.`,
      ]);
  }
  await create({});
  const list = await api.get('/availabilityzoneprofiles?limit=1&fields=provider_name');
  expect(Object.keys(list.json)).toEqual([
    'availability_zone_profiles',
    'availability_zone_profile_links',
  ]);
  expect(list.json.availability_zone_profiles).toEqual([{ provider_name: 'amphora' }]);
});
