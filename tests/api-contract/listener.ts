import { createBody, updateBody } from '../../api/v2/listeners/schema.ts';
import { object, objects } from './list-kinds.ts';
import { newListenerRows, sharedRows, tlsRows } from './listener-rows.ts';
import { failure, ignoredProjectRows, referenceRow } from './shared-rows.ts';
import { attributesIn, MANDATORY, type Row, refused, shown, type Table } from './table.ts';
import { CERTIFICATE, type ContractWorld } from './world.ts';

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
