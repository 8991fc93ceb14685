import { updateBody } from '../../api/v2/quotas/schema.ts';
import { int } from './kinds.ts';
import { attributesIn, type Row, shown, type Table } from './table.ts';
import type { ContractWorld } from './world.ts';

const NAMES = [
  'loadbalancer',
  'load_balancer',
  'listener',
  'member',
  'pool',
  'healthmonitor',
  'health_monitor',
  'l7policy',
  'l7rule',
];

/** Null is the default of the deployment: no limit. */
const rows = NAMES.map(
  (name): Row => ({ name, kind: int(-1, 2_000_000_000), whenNull: shown(-1) }),
);

export function quotaTables({ api }: ContractWorld): readonly Table[] {
  return [
    {
      title: 'setting a quota',
      argument: 'quotas',
      root: 'quota',
      path: 'quotas.quota',
      successStatus: 202,
      attributes: attributesIn(updateBody.schema, 'quota'),
      rows,
      unknown: ['project_id', 'tenant_id', 'id'],
      compose: (attributes) => ({ quota: attributes }),
      send: (body) => api.put('/quotas/somebody', body),
      find: ({ json }) => json.quota,
      reset: async () => {},
    },
  ];
}
