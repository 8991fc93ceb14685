import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { amphoraProvider } from '#drivers/amphora-provider/provider.ts';
import { type AttributeRow, invalid, NAME_ROW, testAttributes } from '../../testing/contract.ts';
import { type Api, startApi } from '../../testing/harness.ts';
import { testNetwork } from '../../testing/in-memory-provider.ts';

let api: Api;
let id: string;
beforeAll(async () => {
  api = await startApi('', {
    providers: {
      enabled: { amphora: 'ours' },
      drivers: new Map([['amphora', amphoraProvider({ name: 'amphora', network: testNetwork() })]]),
      callTimeoutMs: 1000,
    },
  });
  id = (await create({})).json.availability_zone_profile.id;
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
const NETWORK = '11111111-1111-4111-8111-111111111111';
const GONE = 'dead0000-0000-4000-8000-000000000000';
const LONG = 'x'.repeat(4097);
const { whenNull: _, ...NAME } = NAME_ROW('name');
const rows: readonly AttributeRow[] = [
  { ...NAME, nullRefused: 'None is not a valid option for name' },
  {
    name: 'provider_name',
    accepts: [['amphora']],
    refuses: [
      ['f5', "Provider 'f5' is not enabled."],
      [5, invalid('provider_name', '5', 'Value should be string')],
    ],
    nullRefused: 'None is not a valid option for provider_name',
  },
  {
    name: 'availability_zone_data',
    accepts: [
      ['{}'],
      [`{"volume_zone": "v", "management_network": "${NETWORK}"}`],
      [`{"valid_vip_networks": ["${NETWORK}"]}`],
      ['{"valid_vip_networks": []}'],
    ],
    refuses: [
      ['{', '{ is not a valid option for availability_zone_data'],
      ['"az1"', '"az1" is not a valid option for availability_zone_data'],
      [[], invalid('availability_zone_data', '[]', 'Value should be string')],
      [
        LONG,
        invalid(
          'availability_zone_data',
          LONG,
          'Value should have a maximum character requirement of 4096',
        ),
      ],
    ],
    nullRefused: 'None is not a valid option for availability_zone_data',
  },
  ...['id', 'tags', 'flavor_data'].map((name) => ({
    name,
    refuses: [['x', `Unknown attribute for argument ${ROOT}_.${ROOT}: ${name}`]] as const,
  })),
];
testAttributes(() => api, {
  title: 'creating an availability zone profile',
  argument: `${ROOT}_`,
  root: ROOT,
  successStatus: 201,
  send: create,
  rows,
});
testAttributes(() => api, {
  title: 'updating an availability zone profile',
  argument: `${ROOT}_`,
  root: ROOT,
  successStatus: 200,
  send: (attributes) => api.put(`/availabilityzoneprofiles/${id}`, { [ROOT]: attributes }),
  rows,
});

test.each(['name', 'provider_name', 'availability_zone_data'])(
  'a profile without %s is refused',
  async (name) => {
    const answer = await create({ [name]: undefined });
    expect([answer.status, answer.json.faultstring]).toEqual([
      400,
      invalid(name, 'None', 'Mandatory field missing.'),
    ]);
  },
);

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
  const list = await api.get('/availabilityzoneprofiles?limit=1&fields=provider_name');
  expect(Object.keys(list.json)).toEqual([
    'availability_zone_profiles',
    'availability_zone_profile_links',
  ]);
  expect(list.json.availability_zone_profiles).toEqual([{ provider_name: 'amphora' }]);
});
