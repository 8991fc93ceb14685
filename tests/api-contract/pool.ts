import { createBody, updateBody } from '../../api/v2/pools/schema.ts';
import { enumeration, object, objects } from './kinds.ts';
import {
  boolRow,
  type Doing,
  failure,
  ignoredProjectRows,
  KEPT_TAGS,
  namesRows,
  referenceRow,
  tagsRow,
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

const PROTOCOLS = ['TCP', 'HTTP', 'HTTPS', 'PROXY', 'PROXYV2', 'UDP', 'SCTP'];
const ALGORITHMS = ['ROUND_ROBIN', 'LEAST_CONNECTIONS', 'SOURCE_IP', 'SOURCE_IP_PORT'];

/** As shown: always the four keys. */
const persistence = (more: object) => ({
  cookie_name: null,
  persistence_timeout: null,
  persistence_granularity: null,
  ...more,
});
const SOURCE_IP = { type: 'SOURCE_IP' };
const COOKIE = { type: 'APP_COOKIE', cookie_name: 'JSESSION' };

/** Of a pool that speaks TLS to its members: defaults are filled in for no other. */
function tlsRows({ api }: ContractWorld, doing: Doing): readonly Row[] {
  const { defaultPoolCiphers } = api.context.config.apiSettings;
  return [
    secretRow(doing, 'tls_container_ref', CERTIFICATE),
    secretRow(doing, 'ca_tls_container_ref', CERTIFICATE),
    secretRow(doing, 'crl_container_ref', REVOCATION_LIST),
    {
      ...boolRow(doing, 'tls_enabled', false),
      ...(doing === 'update' ? { whenNull: noOption('tls_enabled') } : {}),
    },
    ...tlsOptionRows(doing, defaultPoolCiphers, null),
  ];
}

function sharedRows(doing: Doing, path = 'pool_.pool'): readonly Row[] {
  return [
    ...namesRows(doing),
    boolRow(doing, 'admin_state_up', true),
    tagsRow(doing, KEPT_TAGS),
    {
      name: 'lb_algorithm',
      kind: enumeration(...ALGORITHMS),
      ...(doing === 'create' ? { absent: MANDATORY } : {}),
      whenNull: noOption('lb_algorithm'),
    },
    {
      name: 'session_persistence',
      kind: object,
      accepts: [
        [SOURCE_IP, persistence(SOURCE_IP)],
        [{ type: 'HTTP_COOKIE' }, persistence({ type: 'HTTP_COOKIE' })],
        [COOKIE, persistence(COOKIE)],
      ],
      refuses: [
        [{ ...SOURCE_IP, x: 1 }, `Unknown attribute for argument ${path}.session_persistence: x`],
      ],
      ...whenCreating(doing, null),
      whenNull: shown(null),
    },
  ];
}

/** All that a pool has by itself. @param path where it stands, as faults print it */
export const newPoolRows = (w: ContractWorld, path?: string): readonly Row[] => [
  ...sharedRows('create', path),
  ...tlsRows(w, 'create'),
  {
    name: 'protocol',
    kind: enumeration(...PROTOCOLS),
    absent: MANDATORY,
    whenNull: noOption('protocol'),
  },
];

function standaloneRows(w: ContractWorld): readonly Row[] {
  const nested = failure(
    'healthmonitor and members can only be given when a whole load balancer is created.',
  );
  const nowhere = refused(failure('Must provide at least one of: loadbalancer_id, listener_id'));
  return [
    ...ignoredProjectRows,
    {
      ...referenceRow('loadbalancer_id', 'Load Balancer', w.loadBalancer),
      absent: nowhere,
      whenNull: nowhere,
      shownBy: ({ loadbalancers }) => (loadbalancers as { id: string }[])[0]?.id,
    },
    {
      ...referenceRow('listener_id', 'Listener', w.listener),
      absent: shown(undefined),
      whenNull: shown(undefined),
      shownBy: ({ listeners }) => (listeners as { id: string }[])[0]?.id,
    },
    {
      name: 'healthmonitor',
      kind: object,
      refuses: [[{ type: 'TCP', delay: 1, timeout: 1, max_retries: 1 }, nested]],
      absent: shown(undefined),
      whenNull: shown(undefined),
    },
    {
      name: 'members',
      kind: objects,
      refuses: [[[{ address: '10.0.0.1', protocol_port: 1 }], nested]],
      absent: shown([]),
      whenNull: shown([]),
    },
  ];
}

export function composePool(attributes: Readonly<Record<string, unknown>>): object {
  const [name = ''] = Object.keys(attributes);
  return {
    protocol: 'HTTP',
    lb_algorithm: 'ROUND_ROBIN',
    ...(/tls_|alpn/.test(name) ? { tls_enabled: true } : {}),
    ...withAuthority(name),
    ...attributes,
  };
}

/** A revocation list needs the authority that signed it. */
function withAuthority(name: string): object {
  return name === 'crl_container_ref' ? { ca_tls_container_ref: CERTIFICATE } : {};
}

export function poolTables(w: ContractWorld): readonly Table[] {
  const { api } = w;
  const shared = {
    argument: 'pool_',
    root: 'pool',
    path: 'pool_.pool',
    find: ({ json }: { json: { pool: Record<string, unknown> } }) => json.pool,
    reset: () => w.settle('pool'),
  };
  return [
    {
      ...shared,
      title: 'creating a pool',
      successStatus: 201,
      attributes: attributesIn(createBody.schema, 'pool'),
      rows: [...newPoolRows(w), ...standaloneRows(w)],
      unknown: ['id', 'healthmonitor_id', 'operating_status'],
      compose: (attributes) => ({
        pool: { loadbalancer_id: w.loadBalancer, ...composePool(attributes) },
      }),
      send: (body) => api.post('/pools', body),
    },
    {
      ...shared,
      title: 'updating a pool',
      successStatus: 200,
      attributes: attributesIn(updateBody.schema, 'pool'),
      rows: [...sharedRows('update'), ...tlsRows(w, 'update')],
      unknown: [
        'protocol',
        'loadbalancer_id',
        'listener_id',
        'members',
        'healthmonitor',
        'project_id',
        'tenant_id',
        'id',
      ],
      compose: (attributes) => ({
        pool: { ...withAuthority(Object.keys(attributes)[0] ?? ''), ...attributes },
      }),
      send: (body) => api.put(`/pools/${w.pool}`, body),
    },
  ];
}
