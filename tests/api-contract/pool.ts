import { createBody, updateBody } from '../../api/v2/pools/schema.ts';
import { object, objects } from './list-kinds.ts';
import { newPoolRows, sharedRows, tlsRows } from './pool-rows.ts';
import { failure, ignoredProjectRows, referenceRow } from './shared-rows.ts';
import { attributesIn, type Row, refused, shown, type Table } from './table.ts';
import { CERTIFICATE, type ContractWorld } from './world.ts';

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
