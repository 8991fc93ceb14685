import { SUBNET } from '../../api/testing/harness.ts';
import { batchBody, createBody, updateBody } from '../../api/v2/members/schema.ts';
import { ip } from './address-kinds.ts';
import { bool, int, uuid } from './kinds.ts';
import {
  boolRow,
  type Doing,
  ignoredProjectRows,
  KEPT_TAGS,
  nameRow,
  tagsRow,
  whenCreating,
} from './shared-rows.ts';
import { attributesIn, MANDATORY, noOption, type Row, shown, type Table } from './table.ts';
import { type ContractWorld, GONE } from './world.ts';

function sharedRows(doing: Doing): readonly Row[] {
  const cleared = { ...whenCreating(doing, null), whenNull: shown(null) };
  return [
    nameRow(doing),
    boolRow(doing, 'admin_state_up', true),
    tagsRow(doing, KEPT_TAGS),
    {
      name: 'weight',
      kind: int(0, 256),
      ...whenCreating(doing, 1),
      whenNull: shown(doing === 'create' ? null : 1),
    },
    boolRow(doing, 'backup', false),
    { name: 'monitor_address', kind: ip, ...cleared },
    { name: 'monitor_port', kind: int(1, 65_535), ...cleared },
  ];
}

/** What a member cannot change later. */
const settledRows: readonly Row[] = [
  {
    name: 'address',
    kind: ip,
    refuses: [['169.254.169.254', '169.254.169.254 is not a valid option for member address']],
    absent: MANDATORY,
    whenNull: noOption('member address'),
  },
  {
    name: 'protocol_port',
    kind: int(1, 65_535),
    absent: MANDATORY,
    whenNull: noOption('protocol_port'),
  },
  {
    name: 'subnet_id',
    kind: uuid(SUBNET),
    refuses: [[GONE, `Subnet ${GONE} not found.`]],
    absent: shown(null),
    whenNull: shown(null),
  },
  {
    name: 'request_sriov',
    kind: bool,
    accepts: bool.accepts.filter(([, means]) => means === false).map(([sent]) => [sent, 'normal']),
    refuses: [[true, 'The load balancer flavor does not allow SR-IOV member ports.']],
    absent: shown('normal'),
    whenNull: shown('normal'),
    shownBy: ({ vnic_type }) => vnic_type,
  },
];

export const newMemberRows: readonly Row[] = [...sharedRows('create'), ...settledRows];

/** The same again for a batch, but that what exists would be replaced. */
const base = { address: '10.0.0.10', protocol_port: 80 };

export function memberTables(w: ContractWorld): readonly Table[] {
  const { api } = w;
  const path = `/pools/${w.pool}/members`;
  const reset = () => w.settle('member');
  const standalone = { argument: 'member_', root: 'member', path: 'member_.member', reset };
  return [
    {
      ...standalone,
      title: 'creating a member',
      successStatus: 201,
      attributes: attributesIn(createBody.schema, 'member'),
      rows: [...newMemberRows, ...ignoredProjectRows],
      unknown: ['id', 'pool_id', 'description', 'vnic_type'],
      compose: (attributes) => ({ member: { ...base, ...attributes } }),
      send: (body) => api.post(path, body),
      find: ({ json }) => json.member,
    },
    {
      ...standalone,
      title: 'updating a member',
      successStatus: 200,
      attributes: attributesIn(updateBody.schema, 'member'),
      rows: sharedRows('update'),
      unknown: [...settledRows.map((row) => row.name), 'project_id', 'tenant_id', 'id'],
      compose: (attributes) => ({ member: attributes }),
      send: (body) => api.put(`${path}/${w.member}`, body),
      find: ({ json }) => json.member,
    },
    {
      title: 'adding a member by a batch',
      isRootNullable: true,
      argument: 'members_',
      root: 'members',
      path: 'members_.members',
      successStatus: 202,
      attributes: attributesIn(batchBody.schema, 'members'),
      rows: [...newMemberRows, ...ignoredProjectRows],
      unknown: ['id', 'pool_id', 'description', 'vnic_type'],
      compose: (attributes) => ({ members: [{ ...base, ...attributes }] }),
      send: (body) => api.put(`${path}?additive_only=true`, body),
      find: async () =>
        (await api.get(`${path}?provisioning_status=PENDING_CREATE`)).json.members[0],
      reset,
    },
  ];
}
