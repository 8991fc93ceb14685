import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { NetworkDriver } from '#core/ports/network.ts';
import { BOOLEANS, invalid, NAME_ROW, TAGS_ROW, testAttributes } from '../../testing/contract.ts';
import { type Api, activeLoadBalancer, SUBNET, startApi } from '../../testing/harness.ts';
import { testNetwork } from '../../testing/in-memory-provider.ts';

let api: Api;
let id: string;
beforeAll(async () => {
  api = await startApi();
  id = await activeLoadBalancer(api);
});
beforeEach(() => api.finish());
afterAll(() => api.close());

const GONE = 'dead0000-0000-4000-8000-000000000000';
const UUID = '3f2a0c1e-7c5b-4d8e-9a6f-1b2c3d4e5f60';
const wrongBoolean = (attributes: string) =>
  invalid(
    'load_balancer',
    `{'loadbalancer': ${attributes}}`,
    'Value not an unambiguous boolean: TRUE',
  );

testAttributes(() => api, {
  title: 'creating a load balancer',
  argument: 'load_balancer',
  root: 'loadbalancer',
  successStatus: 201,
  send: (attributes) =>
    api.post('/loadbalancers', { loadbalancer: { vip_subnet_id: SUBNET, ...attributes } }),
  rows: [
    { ...NAME_ROW('name'), absent: '' },
    { ...NAME_ROW('description'), absent: '' },
    {
      name: 'admin_state_up',
      accepts: BOOLEANS,
      refuses: [['TRUE', wrongBoolean(`{'vip_subnet_id': '${SUBNET}', 'admin_state_up': 'TRUE'}`)]],
      absent: true,
      whenNull: false,
    },
    { ...TAGS_ROW, absent: [], whenNull: [] },
    {
      name: 'vip_address',
      accepts: [['10.0.0.9'], ['2001:DB8::1']],
      refuses: [
        ['10.0.0.09', invalid('vip_address', '10.0.0.09', 'Value should be IPv4 or IPv6 format')],
        [
          'fe80::1%eth0',
          invalid('vip_address', 'fe80::1%eth0', 'Value should be IPv4 or IPv6 format'),
        ],
        ['10.0.0.0/8', invalid('vip_address', '10.0.0.0/8', 'Value should be IPv4 or IPv6 format')],
        [5, invalid('vip_address', '5', 'Value should be IPv4 or IPv6 format')],
      ],
      whenNull: '198.0.2.5',
    },
    {
      name: 'vip_subnet_id',
      accepts: [
        [`urn:uuid:${UUID}`, UUID],
        [UUID.toUpperCase(), UUID],
        [`{${UUID.replaceAll('-', '')}}`, UUID],
      ],
      refuses: [
        ['nope', invalid('vip_subnet_id', 'nope', 'Value should be UUID format')],
        [
          'dead0000-0000-4000-8000-000000000000',
          'Subnet dead0000-0000-4000-8000-000000000000 not found.',
        ],
      ],
      nullRefused:
        'Validation failure: VIP must contain one of: vip_port_id, vip_network_id, vip_subnet_id.',
    },
    {
      name: 'vip_network_id',
      accepts: [['11111111-1111-4111-8111-111111111111']],
      refuses: [
        [
          'dead0000-0000-4000-8000-000000000000',
          'Network dead0000-0000-4000-8000-000000000000 not found.',
        ],
      ],
    },
    {
      name: 'vip_port_id',
      accepts: [[UUID]],
      refuses: [
        [
          'dead0000-0000-4000-8000-000000000000',
          'Port dead0000-0000-4000-8000-000000000000 not found.',
        ],
        [
          'aaaa0000-0000-4000-8000-000000000000',
          'Validation failure: Port aaaa0000-0000-4000-8000-000000000000 is already used by device vm ',
        ],
      ],
    },
    {
      name: 'vip_qos_policy_id',
      accepts: [[UUID]],
      refuses: [[GONE, `qos_policy ${GONE} not found.`]],
      absent: null,
      whenNull: null,
    },
    {
      name: 'vip_sg_ids',
      accepts: [[[UUID, UUID], [UUID]], [[]]],
      refuses: [[[UUID, GONE], `Security Group ${GONE} not found.`]],
      absent: [],
      whenNull: [],
    },
    {
      name: 'additional_vips',
      accepts: [[[]]],
      refuses: [
        [
          [{ subnet_id: SUBNET }],
          'Validation failure: Duplicate VIP subnet(s) specified. Only one IP can be bound per subnet.',
        ],
        [[{}], invalid('subnet_id', 'None', 'Mandatory field missing.')],
        [
          [{ subnet_id: UUID, x: 1 }],
          'Unknown attribute for argument load_balancer.loadbalancer.additional_vips: x',
        ],
      ],
      absent: [],
      whenNull: [],
    },
    {
      name: 'provider',
      accepts: [['amphora'], ['octavia']],
      refuses: [['f5', "Provider 'f5' is not enabled."]],
      absent: 'amphora',
      whenNull: 'octavia',
    },
    {
      name: 'flavor_id',
      refuses: [[UUID, 'Validation failure: Invalid flavor_id.']],
      absent: null,
      nullRefused: 'Validation failure: Invalid flavor_id.',
    },
    {
      name: 'availability_zone',
      refuses: [['az1', 'Validation failure: Invalid availability zone.']],
      absent: null,
      nullRefused: 'Validation failure: Invalid availability zone.',
    },
    { name: 'listeners', accepts: [[[]]], absent: [], whenNull: [] },
    { name: 'pools', accepts: [[[]]], absent: [], whenNull: [] },
    { name: 'project_id', accepts: [['other-project']] },
    { name: 'tenant_id', accepts: [['old-name']] },
  ],
});

testAttributes(() => api, {
  title: 'updating a load balancer',
  argument: 'load_balancer',
  root: 'loadbalancer',
  successStatus: 200,
  send: (attributes) => api.put(`/loadbalancers/${id}`, { loadbalancer: attributes }),
  rows: [
    NAME_ROW('name'),
    NAME_ROW('description'),
    { name: 'admin_state_up', accepts: BOOLEANS, whenNull: false },
    TAGS_ROW,
    {
      name: 'vip_qos_policy_id',
      accepts: [[UUID]],
      refuses: [[GONE, `qos_policy ${GONE} not found.`]],
      whenNull: null,
    },
    {
      name: 'vip_sg_ids',
      accepts: [[[UUID]]],
      refuses: [[[GONE], `Security Group ${GONE} not found.`]],
      whenNull: [],
    },
    ...['vip_address', 'vip_subnet_id', 'provider', 'project_id', 'id', 'vip_vnic_type'].map(
      (name) => ({
        name,
        refuses: [
          [UUID, `Unknown attribute for argument load_balancer.loadbalancer: ${name}`],
        ] as const,
      }),
    ),
  ],
});

test('null tags on update change nothing, and an empty list clears them', async () => {
  await api.put(`/loadbalancers/${id}`, { loadbalancer: { tags: ['kept'] } });
  await api.finish();
  const untouched = await api.put(`/loadbalancers/${id}`, { loadbalancer: { tags: null } });
  expect(untouched.json.loadbalancer.tags).toEqual(['kept']);
  await api.finish();
  const cleared = await api.put(`/loadbalancers/${id}`, { loadbalancer: { tags: [] } });
  expect(cleared.json.loadbalancer.tags).toEqual([]);
});

test('an empty update is no no-op: the load balancer is locked and the provider told', async () => {
  api.provider.calls.length = 0;
  const answer = await api.put(`/loadbalancers/${id}`, { loadbalancer: {} });
  expect(answer.json.loadbalancer.provisioning_status).toBe('PENDING_UPDATE');
  expect(api.provider.calls).toMatchObject([{ action: 'loadBalancerUpdate' }]);
  expect(api.provider.calls[0]?.parameters[1]).toEqual({});
});

test('without a project anywhere a load balancer is refused', async () => {
  const answer = await api.request(
    'POST',
    '/loadbalancers',
    { loadbalancer: { vip_subnet_id: SUBNET } },
    { 'x-project-id': '' },
  );
  expect(answer.status).toBe(400);
  expect(answer.json.faultstring).toMatch(/^Validation failure: Missing project ID in request/);
});

test('a VIP port that brings its address also brings its QoS policy, unless the request has one', async () => {
  const answer = await api.post('/loadbalancers', {
    loadbalancer: { vip_port_id: UUID, vip_address: '10.0.0.7' },
  });
  expect(answer.json.loadbalancer).toMatchObject({ vip_address: '10.0.0.7', vip_port_id: UUID });
  const wrong = await api.post('/loadbalancers', {
    loadbalancer: { vip_port_id: UUID, vip_address: '10.0.0.8' },
  });
  expect(wrong.json.faultstring).toBe(
    'Validation failure: Specified VIP address not found on the specified VIP port.',
  );
});

test('what deployments forbid about VIPs is refused by name', async () => {
  const other = await startApi(
    '[networking]\nallow_vip_port_id = false\ndenylist_vip_networks = 11111111-1111-4111-8111-111111111111\n',
  );
  const port = await other.post('/loadbalancers', { loadbalancer: { vip_port_id: UUID } });
  expect(port.json.faultstring).toBe(
    "Validation failure: use of vip_port_id is disallowed by this deployment's configuration.",
  );
  const none = await other.post('/loadbalancers', { loadbalancer: {} });
  expect(none.json.faultstring).toBe(
    'Validation failure: VIP must contain one of: vip_network_id, vip_subnet_id.',
  );
  const denied = await other.post('/loadbalancers', { loadbalancer: { vip_subnet_id: SUBNET } });
  expect(denied.json.faultstring).toBe(
    'Validation failure: Supplied VIP network_id is not allowed by the configuration of this deployment.',
  );
  expect(other.provider.ports.size).toBe(0);
  await other.close();
});

test('a network without QoS policies and security groups takes none, neither at first nor later', async () => {
  const methods = Object.entries(testNetwork()).filter(([name]) => !name.startsWith('has'));
  const network = Object.fromEntries(methods) as unknown as NetworkDriver;
  const other = await startApi('', { network });
  const place = { vip_subnet_id: SUBNET };
  const path = `/loadbalancers/${await activeLoadBalancer(other)}`;
  for (const [attributes, fault] of [
    [
      { vip_qos_policy_id: UUID },
      'Validation failure: VIP QoS policy is not allowed in this deployment.',
    ],
    [{ vip_sg_ids: [UUID] }, `Security Group ${UUID} not found.`],
  ] as const)
    for (const answer of [
      await other.post('/loadbalancers', { loadbalancer: { ...place, ...attributes } }),
      await other.put(path, { loadbalancer: attributes }),
    ])
      expect([answer.status, answer.json.faultstring]).toEqual([400, fault]);
  const nothing = { vip_qos_policy_id: null, vip_sg_ids: [] };
  expect((await other.put(path, { loadbalancer: nothing })).status).toBe(200);
  await other.close();
});
