import { createBody, updateBody } from '../../api/v2/listeners/schema.ts';
import { cidr } from './address-kinds.ts';
import { enumeration, int, list, map, object, objects, text } from './kinds.ts';
import {
  boolRow,
  type Doing,
  failure,
  ignoredProjectRows,
  KEPT_TAGS,
  namesRows,
  referenceRow,
  tagsRow,
  unreadable,
  whenCreating,
} from './shared-rows.ts';
import {
  attributesIn,
  MANDATORY,
  noOption,
  type Row,
  refused,
  shown,
  type Table,
} from './table.ts';
import { secretRow, tlsOptionRows } from './tls-rows.ts';
import { CERTIFICATE, type ContractWorld, REVOCATION_LIST } from './world.ts';

const PROTOCOLS = ['TCP', 'HTTP', 'HTTPS', 'TERMINATED_HTTPS', 'UDP', 'SCTP', 'PROMETHEUS'];
const HEADERS = ['Forwarded-For', 'Forwarded-Port', 'Forwarded-Proto', 'Forwarded-IP'];
const everyHeader = Object.fromEntries(
  [...HEADERS, 'Client-IP', 'Real-IP'].map((name) => [`X-${name}`, 'true']),
);
const NO_REFERENCE =
  'An SNI or default certificate container reference must be provided for TERMINATED_HTTPS protocol listeners.';

/** Of a listener that ends TLS: nothing is checked or filled in on others. */
function tlsRows({ api }: ContractWorld, doing: Doing): readonly Row[] {
  const { defaultListenerCiphers } = api.context.config.apiSettings;
  const noReference = refused(failure(NO_REFERENCE));
  return [
    ...tlsOptionRows(doing, defaultListenerCiphers, ['h2', 'http/1.1', 'http/1.0']),
    {
      ...secretRow(doing, 'default_tls_container_ref', CERTIFICATE),
      ...(doing === 'create' ? { absent: noReference, whenNull: noReference } : {}),
    },
    {
      name: 'sni_container_refs',
      kind: list(text(128)),
      accepts: [[[]], [[CERTIFICATE, CERTIFICATE], [CERTIFICATE]]],
      refuses: [[[unreadable[0]], unreadable[1]]],
      ...whenCreating(doing, []),
      whenNull: shown([]),
    },
    secretRow(doing, 'client_ca_tls_container_ref', CERTIFICATE),
    secretRow(doing, 'client_crl_container_ref', REVOCATION_LIST),
    {
      name: 'client_authentication',
      kind: enumeration('NONE', 'OPTIONAL', 'MANDATORY'),
      ...whenCreating(doing, 'NONE'),
      whenNull: shown('NONE'),
    },
    { name: 'hsts_max_age', kind: int(0), ...whenCreating(doing, null), whenNull: shown(null) },
    boolRow(doing, 'hsts_include_subdomains', false),
    boolRow(doing, 'hsts_preload', false),
  ];
}

/** Of any listener; a load balancer of IPv4 only is its parent. */
function sharedRows(w: ContractWorld, doing: Doing): readonly Row[] {
  const timeout = (name: string, byDefault: number): Row => ({
    name,
    kind: int(0, 2_073_600_000),
    ...whenCreating(doing, byDefault),
    whenNull: shown(byDefault),
  });
  return [
    ...namesRows(doing),
    boolRow(doing, 'admin_state_up', true),
    tagsRow(doing, KEPT_TAGS),
    {
      name: 'connection_limit',
      kind: int(-1),
      ...whenCreating(doing, -1),
      whenNull: shown(doing === 'create' ? null : -1),
    },
    timeout('timeout_client_data', 50_000),
    timeout('timeout_member_connect', 5000),
    timeout('timeout_member_data', 50_000),
    timeout('timeout_tcp_inspect', 0),
    {
      name: 'allowed_cidrs',
      kind: list(cidr),
      accepts: [
        [[], null],
        [
          ['10.1.2.3/8', '10.0.0.7', '10.9.9.9/8'],
          ['10.0.0.0/8', '10.0.0.7/32'],
        ],
      ],
      refuses: [
        [
          ['10.0.0.0/8', '2001:db8::1'],
          failure(
            "CIDR 2001:db8::1/128 IP version incompatible with all VIPs ['198.0.2.5'] IP version.",
          ),
        ],
      ],
      ...whenCreating(doing, null),
      whenNull: shown(null),
    },
    {
      name: 'insert_headers',
      kind: map,
      accepts: [[{}], [everyHeader], [{ 'X-Forwarded-For': 'é'.repeat(255) }]],
      refuses: [
        [
          { 'X-Bad': 'true', 'X-Real-IP': '' },
          `${doing === 'create' ? "dict_keys(['X-Bad', 'X-Real-IP'])" : "['X-Bad', 'X-Real-IP']"} is not a valid option for insert_headers`,
        ],
      ],
      ...whenCreating(doing, {}),
      whenNull: shown({}),
    },
    {
      ...referenceRow('default_pool_id', 'Pool', w.pool),
      ...whenCreating(doing, null),
      whenNull: shown(null),
    },
  ];
}

/** All that a listener has by itself; `default_pool_id` among them. */
export const newListenerRows = (w: ContractWorld): readonly Row[] => [
  ...sharedRows(w, 'create'),
  ...tlsRows(w, 'create'),
  ...ownRows(),
];

function ownRows(): readonly Row[] {
  return [
    {
      name: 'protocol',
      kind: enumeration(...PROTOCOLS),
      accepts: PROTOCOLS.filter((each) => each !== 'TERMINATED_HTTPS').map((each) => [each]),
      refuses: [['TERMINATED_HTTPS', failure(NO_REFERENCE)]],
      absent: MANDATORY,
      whenNull: noOption('protocol'),
    },
    {
      name: 'protocol_port',
      kind: int(1, 65_535),
      absent: MANDATORY,
      whenNull: noOption('protocol_port'),
    },
  ];
}

const nestedRefusal = failure(
  'default_pool and l7policies can only be given when a whole load balancer is created.',
);

/** What only a listener on its own has: where it belongs, and that its children come later. */
function standaloneRows(w: ContractWorld): readonly Row[] {
  const { name, kind, refuses } = referenceRow('loadbalancer_id', 'Load Balancer', w.loadBalancer);
  return [
    ...ignoredProjectRows,
    {
      name,
      kind,
      ...(refuses ? { refuses } : {}),
      absent: MANDATORY,
      whenNull: refused('Load Balancer None not found.', 404),
      shownBy: ({ loadbalancers }) => (loadbalancers as { id: string }[])[0]?.id,
    },
    {
      name: 'default_pool',
      kind: object,
      refuses: [[{ name: 'x' }, nestedRefusal]],
      absent: shown(undefined),
      whenNull: shown(undefined),
    },
    {
      name: 'l7policies',
      kind: objects,
      refuses: [[[{ action: 'REJECT' }], nestedRefusal]],
      absent: shown([]),
      whenNull: shown([]),
    },
  ];
}

/** TLS attributes mean something on a listener that ends TLS, and need the references before them. */
export function composeListener(attributes: Readonly<Record<string, unknown>>): object {
  const [name = ''] = Object.keys(attributes);
  const isTls = /^(tls|alpn|hsts|client)_.*|_container_refs?$/.test(name);
  return {
    protocol: isTls ? 'TERMINATED_HTTPS' : 'HTTP',
    protocol_port: 1000,
    ...(isTls ? { default_tls_container_ref: CERTIFICATE } : {}),
    ...withCompanion(name),
    ...attributes,
  };
}

/** What must be said beside an attribute. */
function withCompanion(name: string): object {
  if (/crl|authentication/.test(name)) return { client_ca_tls_container_ref: CERTIFICATE };
  return /hsts_[ip]/.test(name) ? { hsts_max_age: 5 } : {};
}

export function listenerTables(w: ContractWorld): readonly Table[] {
  const { api } = w;
  const shared = { argument: 'listener_', root: 'listener', path: 'listener_.listener' };
  return [
    {
      ...shared,
      title: 'creating a listener',
      successStatus: 201,
      attributes: attributesIn(createBody.schema, 'listener'),
      rows: [...newListenerRows(w), ...standaloneRows(w)],
      unknown: ['id', 'provisioning_status', 'created_at'],
      compose: (attributes) => ({
        listener: { loadbalancer_id: w.loadBalancer, ...composeListener(attributes) },
      }),
      send: (body) => api.post('/listeners', body),
      find: ({ json }) => json.listener,
      reset: () => w.settle('listener'),
    },
    {
      ...shared,
      title: 'updating a listener',
      successStatus: 200,
      attributes: attributesIn(updateBody.schema, 'listener'),
      rows: [...sharedRows(w, 'update'), ...tlsRows(w, 'update')],
      unknown: [
        'protocol',
        'protocol_port',
        'loadbalancer_id',
        'project_id',
        'tenant_id',
        'default_pool',
        'l7policies',
        'id',
      ],
      compose: (attributes) => ({
        listener: { ...withCompanion(Object.keys(attributes)[0] ?? ''), ...attributes },
      }),
      send: (body) => api.put(`/listeners/${w.tlsListener}`, body),
      find: ({ json }) => json.listener,
      reset: () => w.settle('listener'),
    },
  ];
}
