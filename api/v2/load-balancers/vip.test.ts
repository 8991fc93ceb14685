import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { DriverFailure } from '#core/domain/errors.ts';
import type { NetworkDriver, NetworkPort, Subnet } from '#core/ports/network.ts';
import { expectNothingPending } from '../../testing/contract.ts';
import { type Api, activeLoadBalancer, activePool, startApi } from '../../testing/harness.ts';
import { testNetwork } from '../../testing/in-memory-provider.ts';

const id = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
const [NETWORK, OTHER, EMPTY, IPV6, IPV4, ELSEWHERE] = [1, 2, 3, 4, 5, 6].map(id) as [
  string,
  string,
  string,
  string,
  string,
  string,
];
const PORT = id(7);

/** How many addresses a subnet has left, and what the whole service throws instead of answering. */
let free: Record<string, number>;
let failure: Error | null;
beforeEach(() => {
  free = { [IPV6]: 1000, [IPV4]: 1000, [ELSEWHERE]: 1000 };
  failure = null;
});

const subnets: Readonly<Record<string, Subnet>> = Object.fromEntries(
  [
    { id: IPV6, networkId: NETWORK, cidr: '2001:db8::/64', ipVersion: 6 as const },
    { id: IPV4, networkId: NETWORK, cidr: '10.0.0.0/24', ipVersion: 4 as const },
    { id: ELSEWHERE, networkId: OTHER, cidr: '10.0.1.0/24', ipVersion: 4 as const },
  ].map((subnet) => [subnet.id, { ...subnet, gatewayIp: null, hostRoutes: [] }]),
);
const port: NetworkPort = {
  id: PORT,
  name: '',
  networkId: NETWORK,
  macAddress: 'fa:16:3e:00:00:01',
  fixedIps: [
    { subnetId: IPV4, ipAddress: '10.0.0.7' },
    { subnetId: IPV6, ipAddress: '2001:db8::7' },
  ],
  deviceId: '',
  qosPolicyId: id(8),
};
const unlessAway = async <Result>(result: Result): Promise<Result> => {
  if (failure !== null) throw failure;
  return result;
};
const network: NetworkDriver = {
  ...testNetwork(),
  getNetwork: (asked) =>
    unlessAway(
      [NETWORK, OTHER, EMPTY].includes(asked)
        ? { id: asked, name: '', mtu: null, subnetIds: subnetsOf(asked) }
        : null,
    ),
  getSubnet: (asked) => unlessAway(subnets[asked] ?? null),
  getPort: (asked) => unlessAway(asked === PORT ? port : null),
  countFreeAddresses: (asked) => unlessAway(free[asked] ?? 0),
};
const subnetsOf = (asked: string) =>
  Object.values(subnets)
    .filter(({ networkId }) => networkId === asked)
    .map((subnet) => subnet.id);

let api: Api;
beforeAll(async () => {
  api = await startApi('', { network });
});
afterAll(() => api.close());

const create = (attributes: object) => api.post('/loadbalancers', { loadbalancer: attributes });
const placed = async (attributes: object) => {
  const { json, text, status } = await create(attributes);
  expect(status, text).toBe(201);
  const { vip_network_id, vip_subnet_id, vip_address, vip_qos_policy_id } = json.loadbalancer;
  return [vip_network_id, vip_subnet_id, vip_address, vip_qos_policy_id];
};
const CHOSEN = '198.0.2.5';

test('a network, a subnet or a port settles what the request leaves open', async () => {
  for (const [attributes, subnet, address, qos = null] of [
    [{ vip_network_id: NETWORK }, IPV4, CHOSEN],
    [{ vip_network_id: NETWORK, vip_subnet_id: IPV6 }, IPV6, CHOSEN],
    [{ vip_network_id: NETWORK, vip_address: '2001:DB8::9' }, IPV6, '2001:DB8::9'],
    [{ vip_subnet_id: IPV4, vip_address: '10.0.0.9' }, IPV4, '10.0.0.9'],
    [{ vip_port_id: PORT, vip_subnet_id: IPV6 }, IPV6, '2001:db8::7', id(8)],
    [{ vip_port_id: PORT, vip_address: '2001:0db8:0::7' }, IPV6, '2001:db8::7', id(8)],
    [{ vip_port_id: PORT, vip_subnet_id: IPV4, vip_qos_policy_id: id(9) }, IPV4, '10.0.0.7', id(9)],
  ] as const)
    expect(await placed(attributes)).toEqual([NETWORK, subnet, address, qos]);
});

test('what contradicts itself, or is not there, is refused', async () => {
  const duplicate = 'Duplicate VIP subnet(s) specified. Only one IP can be bound per subnet.';
  for (const [attributes, fault] of [
    [{ vip_network_id: EMPTY }, 'Validation failure: Supplied network does not contain a subnet.'],
    [
      { vip_network_id: NETWORK, vip_address: '10.9.9.9' },
      'Validation failure: Supplied network does not contain a subnet for VIP address specified.',
    ],
    [{ vip_network_id: NETWORK, vip_subnet_id: ELSEWHERE }, `Subnet ${ELSEWHERE} not found.`],
    [
      { vip_port_id: PORT },
      "Validation failure: VIP port's subnet could not be determined. Please specify either a VIP subnet or address.",
    ],
    [
      { vip_port_id: PORT, vip_subnet_id: ELSEWHERE },
      'Validation failure: No VIP address found on the specified VIP port within the specified subnet.',
    ],
    [
      { vip_port_id: PORT, vip_address: '10.0.0.8' },
      'Validation failure: Specified VIP address not found on the specified VIP port.',
    ],
    [
      { vip_subnet_id: IPV4, additional_vips: [{ subnet_id: IPV6 }, { subnet_id: IPV6 }] },
      `Validation failure: ${duplicate}`,
    ],
    [
      { vip_subnet_id: IPV4, additional_vips: [{ subnet_id: ELSEWHERE }] },
      'Validation failure: All VIP subnets must belong to the same network.',
    ],
  ] as const) {
    const { status, json } = await create(attributes);
    expect([attributes, status, json.faultstring]).toEqual([attributes, 400, fault]);
  }
});

test('of a network’s subnets one with room for VIP and amphora is taken, and a full network is refused', async () => {
  free[IPV4] = 2;
  expect((await placed({ vip_network_id: NETWORK }))[1]).toBe(IPV4);
  free[IPV4] = 1;
  expect((await placed({ vip_network_id: NETWORK }))[1]).toBe(IPV6);
  free[IPV6] = 1;
  const { status, json } = await create({ vip_network_id: NETWORK });
  expect([status, json.faultstring]).toEqual([
    400,
    'Validation failure: Subnet(s) in the supplied network do not contain enough available IPs.',
  ]);
  expect((await placed({ vip_network_id: NETWORK, vip_subnet_id: IPV4 }))[1], 'as asked').toBe(
    IPV4,
  );
  expect((await placed({ vip_subnet_id: IPV4 }))[1], 'as asked').toBe(IPV4);
});

test('a pair of amphorae needs an address more', async () => {
  const pairs = await startApi('[controller_worker]\nloadbalancer_topology = ACTIVE_STANDBY\n', {
    network,
  });
  free = { [IPV4]: 2, [IPV6]: 3 };
  const { json } = await pairs.post('/loadbalancers', {
    loadbalancer: { vip_network_id: NETWORK },
  });
  expect(json.loadbalancer.vip_subnet_id).toBe(IPV6);
  await pairs.close();
});

test('a flavor of pairs needs an address more, whatever the deployment makes by default', async () => {
  const flavor_id = await flavorOf({ loadbalancer_topology: 'ACTIVE_STANDBY' });
  free = { [IPV4]: 2, [IPV6]: 3 };
  expect((await placed({ vip_network_id: NETWORK, flavor_id }))[1]).toBe(IPV6);
  const faults = await Promise.all([
    create({ vip_network_id: EMPTY, flavor_id: id(99) }),
    create({ vip_network_id: NETWORK, flavor_id: id(99) }),
  ]);
  expect(faults.map(({ json }) => json.faultstring)).toEqual([
    'Validation failure: Supplied network does not contain a subnet.',
    'Validation failure: Invalid flavor_id.',
  ]);
});

async function flavorOf(data: object): Promise<string> {
  const profile = await api.post('/flavorprofiles', {
    flavorprofile: { name: 'p', provider_name: 'amphora', flavor_data: JSON.stringify(data) },
  });
  const { json } = await api.post('/flavors', {
    flavor: { name: 'pairs', flavor_profile_id: profile.json.flavorprofile.id },
  });
  return json.flavor.id;
}

test('a network service that is away is a 503, one that fails a 500, and neither tells what it said', async () => {
  const pool = await activePool(api, await activeLoadBalancer(api, { vip_subnet_id: IPV4 }));
  const member = { address: '10.0.0.1', protocol_port: 80, subnet_id: IPV4 };
  const requests = [
    () => create({ vip_network_id: NETWORK }),
    () => create({ vip_subnet_id: IPV4 }),
    () => create({ vip_port_id: PORT }),
    () => api.post(`/pools/${pool}/members`, { member }),
    () => api.put(`/pools/${pool}/members`, { members: [member] }),
  ];
  const away = 'A service that Octavia needs is unavailable. Please try again.';
  for (const [retryable, wanted] of [
    [true, [503, away]],
    [false, [500, 'Something unknown went wrong']],
  ] as const) {
    failure = new DriverFailure('connect ECONNREFUSED 192.0.2.1:9696', { retryable });
    for (const request of requests) {
      const { status, json } = await request();
      expect([status, json.faultstring]).toEqual(wanted);
      expect(json).toMatchObject({ faultcode: 'Server', debuginfo: null });
    }
  }
  await expectNothingPending(api);
});
