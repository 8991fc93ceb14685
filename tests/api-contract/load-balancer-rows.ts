import { PROJECT, SUBNET } from '../../api/testing/harness.ts';
import { ip } from './address-kinds.ts';
import { text, uuid } from './kinds.ts';
import { list, objects } from './list-kinds.ts';
import {
  boolRow,
  type Doing,
  failure,
  KEPT_TAGS,
  namesRows,
  tagsRow,
  whenCreating,
} from './shared-rows.ts';
import { type Row, refused, shown } from './table.ts';
import { type ContractWorld, GONE, UNKNOWN } from './world.ts';

const NETWORK = '11111111-1111-4111-8111-111111111111';
const USED_PORT = 'aaaa0000-0000-4000-8000-000000000000';
/** What the provider chooses. */
const CHOSEN = '198.0.2.5';

export function sharedRows(doing: Doing): readonly Row[] {
  const qos = `qos_policy ${GONE} not found.`;
  return [
    ...namesRows(doing),
    boolRow(doing, 'admin_state_up', true),
    tagsRow(doing, KEPT_TAGS),
    {
      name: 'vip_qos_policy_id',
      kind: uuid(UNKNOWN),
      refuses: [[GONE, qos]],
      ...whenCreating(doing, null),
      whenNull: shown(null),
    },
    {
      name: 'vip_sg_ids',
      kind: list(uuid(UNKNOWN)),
      refuses: [[[UNKNOWN, GONE], `Security Group ${GONE} not found.`]],
      ...whenCreating(doing, []),
      whenNull: shown([]),
    },
  ];
}

/** At least one of the three must say where. */
const nowhere = refused(
  failure('VIP must contain one of: vip_port_id, vip_network_id, vip_subnet_id.'),
);

export const vipRows: readonly Row[] = [
  { name: 'vip_address', kind: ip, absent: shown(CHOSEN), whenNull: shown(CHOSEN) },
  {
    name: 'vip_subnet_id',
    kind: uuid(UNKNOWN),
    refuses: [[GONE, `Subnet ${GONE} not found.`]],
    absent: nowhere,
    whenNull: nowhere,
  },
  {
    name: 'vip_network_id',
    kind: uuid(NETWORK),
    refuses: [[GONE, `Network ${GONE} not found.`]],
    absent: nowhere,
    whenNull: nowhere,
  },
  {
    name: 'vip_port_id',
    kind: uuid(UNKNOWN),
    refuses: [
      [GONE, `Port ${GONE} not found.`],
      [USED_PORT, failure(`Port ${USED_PORT} is already used by device vm `)],
    ],
    absent: nowhere,
    whenNull: nowhere,
  },
  {
    name: 'additional_vips',
    kind: objects,
    refuses: [
      [
        [{ subnet_id: SUBNET }],
        failure('Duplicate VIP subnet(s) specified. Only one IP can be bound per subnet.'),
      ],
      [[{ subnet_id: GONE }], failure(`Subnet ${GONE} not found`)],
    ],
    absent: shown([]),
    whenNull: shown([]),
  },
];

export function placementRows(w: ContractWorld): readonly Row[] {
  const noFlavor = failure('Invalid flavor_id.');
  const noZone = failure('Invalid availability zone.');
  const nothing = { absent: shown([]), whenNull: shown([]) };
  const ownProject = { absent: shown(PROJECT), whenNull: shown(PROJECT) };
  return [
    {
      name: 'provider',
      kind: text(64),
      accepts: [['amphora'], ['octavia']],
      refuses: ['f5', '', 'Amphora', '__proto__'].map((sent) => [
        sent,
        `Provider '${sent}' is not enabled.`,
      ]),
      absent: shown('amphora'),
      whenNull: shown('octavia'),
    },
    {
      name: 'flavor_id',
      kind: uuid(w.offers.flavor.id),
      refuses: [[UNKNOWN, noFlavor]],
      absent: shown(null),
      whenNull: refused(noFlavor),
    },
    {
      name: 'availability_zone',
      kind: text(255),
      accepts: [[w.offers.availability_zone.id]],
      refuses: [
        ['nowhere', noZone],
        ['', noZone],
      ],
      absent: shown(null),
      whenNull: refused(noZone),
    },
    { name: 'listeners', kind: objects, ...nothing },
    { name: 'pools', kind: objects, ...nothing },
    ...['project_id', 'tenant_id'].map(
      (name): Row => ({
        name,
        kind: text(36),
        accepts: [['other-project'], ['é'.repeat(36)], ['', PROJECT]],
        ...ownProject,
      }),
    ),
  ];
}
