import { afterAll, beforeAll, expect, test } from 'vitest';
import { amphoraProvider } from '#drivers/amphora-provider/provider.ts';
import { noopProvider } from '#drivers/noop/provider.ts';
import { type Api, SUBNET, startApi } from '../../testing/harness.ts';
import { testNetwork } from '../../testing/in-memory-provider.ts';

let api: Api;
const network = { ...testNetwork() };
beforeAll(async () => {
  api = await startApi('', {
    providers: {
      enabled: { amphora: 'ours', noop_driver: 'nothing', bare: 'b', lost: 'l' },
      drivers: new Map([
        ['amphora', amphoraProvider({ name: 'amphora', network })],
        ['noop_driver', noopProvider('noop_driver')],
        ['bare', { name: 'bare' }],
      ]),
      callTimeoutMs: 1000,
    },
  });
});
afterAll(() => api.close());

const names = async (path: string, root: string): Promise<string[]> =>
  (await api.get(path)).json[root].map((each: { name: string }) => each.name);

test('each provider says what its flavors and zones may say', async () => {
  expect(await names('/providers/amphora/flavor_capabilities', 'flavor_capabilities')).toEqual([
    'loadbalancer_topology',
    'compute_flavor',
    'amp_image_tag',
    'sriov_vip',
    'allow_member_sriov',
  ]);
  const zones = 'availability_zone_capabilities';
  expect(await names(`/providers/amphora/${zones}`, zones)).toEqual([
    'compute_zone',
    'volume_zone',
    'management_network',
    'valid_vip_networks',
  ]);
  expect(await names('/providers/noop_driver/flavor_capabilities', 'flavor_capabilities')).toEqual([
    'amp_image_tag',
  ]);
  expect(await names(`/providers/noop_driver/${zones}`, zones)).toEqual([
    'compute_zone',
    'volume_zone',
  ]);
});

test('capabilities are filtered by name and description, and cut down to fields', async () => {
  const path = '/providers/amphora/flavor_capabilities';
  const text =
    'The load balancer topology. One of: SINGLE - One amphora per load balancer. ACTIVE_STANDBY - Two amphora per load balancer.';
  const one = await api.get(`${path}?name=loadbalancer_topology&unknown=ignored`);
  expect(one.json.flavor_capabilities).toEqual([
    { name: 'loadbalancer_topology', description: text },
  ]);
  const found = await api.get(`${path}?description=${encodeURIComponent(text)}&fields=name`);
  expect(found.json.flavor_capabilities).toEqual([{ name: 'loadbalancer_topology' }]);
  expect((await api.get(`${path}?name=nothing`)).json.flavor_capabilities).toEqual([]);
});

test.each([
  ['off', 400, "Provider 'off' is not enabled."],
  ['lost', 501, "Provider 'lost' was not found."],
])('the capabilities of provider %s are a %i', async (name, status, fault) => {
  for (const path of ['flavor_capabilities', 'availability_zone_capabilities']) {
    const answer = await api.get(`/providers/${name}/${path}`);
    expect([answer.status, answer.json.faultstring]).toEqual([status, fault]);
  }
});

test('a provider that knows neither flavors nor zones says so', async () => {
  const supports =
    "Provider 'bare' does not support a requested action: This provider does not support";
  const flavors = await api.get('/providers/bare/flavor_capabilities');
  expect([flavors.status, flavors.json.faultstring]).toEqual([
    501,
    `${supports} getting the supported flavor metadata.`,
  ]);
  const zones = await api.get('/providers/bare/availability_zone_capabilities');
  expect(zones.json.faultstring).toBe(
    `${supports} getting the supported availability zone metadata.`,
  );
});

test('what amphorae cannot be built as yet is a 501, and no VIP port stays behind', async () => {
  const ports = new Set<string>();
  network.allocateVip = async (id, _project, vip, additionalVips) => {
    ports.add(id);
    return { vip: { ...vip, address: '10.0.0.9', isOctaviaOwned: true }, additionalVips };
  };
  network.deallocateVip = async (id) => void ports.delete(id);
  for (const [data, words] of [
    [
      { sriov_vip: true },
      'Amphora provider does not support sriov_vip yet: VIPs are on ports of VNIC type normal.',
    ],
  ] as const) {
    const profile = await api.post('/flavorprofiles', {
      flavorprofile: { name: 'p', provider_name: 'amphora', flavor_data: JSON.stringify(data) },
    });
    const flavor = await api.post('/flavors', {
      flavor: { name: words, flavor_profile_id: profile.json.flavorprofile.id },
    });
    expect(flavor.status, flavor.text).toBe(201);
    const answer = await api.post('/loadbalancers', {
      loadbalancer: { vip_subnet_id: SUBNET, flavor_id: flavor.json.flavor.id },
    });
    expect([answer.status, answer.json.faultstring]).toEqual([
      501,
      `Provider 'amphora' does not support a requested option: ${words}`,
    ]);
  }
  expect(ports).toEqual(new Set());
  expect((await api.get('/loadbalancers')).json.loadbalancers).toEqual([]);
});

test('the noop provider takes everything and finishes nothing', async () => {
  const made = await api.post('/loadbalancers', {
    loadbalancer: { vip_subnet_id: SUBNET, provider: 'noop_driver' },
  });
  expect(made.status, made.text).toBe(201);
  expect(made.json.loadbalancer).toMatchObject({
    provider: 'noop_driver',
    provisioning_status: 'PENDING_CREATE',
    vip_address: '198.0.2.5',
    vip_subnet_id: SUBNET,
  });
});
