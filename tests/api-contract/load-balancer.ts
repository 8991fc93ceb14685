import { SUBNET } from '../../api/testing/harness.ts';
import { createBody, updateBody } from '../../api/v2/load-balancers/schema.ts';
import { placementRows, sharedRows, vipRows } from './load-balancer-rows.ts';
import { attributesIn, type Table } from './table.ts';
import type { ContractWorld } from './world.ts';

/** The one that is asked about stands alone where it says where the VIP lies. */
function composeLoadBalancer(attributes: Readonly<Record<string, unknown>>): object {
  const isPlace = Object.keys(attributes).some((name) =>
    /^vip_(port|network|subnet)_id$/.test(name),
  );
  return { loadbalancer: { ...(isPlace ? {} : { vip_subnet_id: SUBNET }), ...attributes } };
}

export function loadBalancerTables(w: ContractWorld): readonly Table[] {
  const { api } = w;
  const shared = {
    argument: 'load_balancer',
    root: 'loadbalancer',
    path: 'load_balancer.loadbalancer',
    reset: () => w.settle('load_balancer'),
    find: ({ json }: { json?: { loadbalancer: Record<string, unknown> } }) =>
      json?.loadbalancer ?? {},
  };
  return [
    {
      ...shared,
      title: 'creating a load balancer',
      successStatus: 201,
      attributes: attributesIn(createBody.schema, 'loadbalancer'),
      rows: [...sharedRows('create'), ...vipRows, ...placementRows(w)],
      unknown: ['id', 'vip_vnic_type', 'topology', 'operating_status'],
      compose: composeLoadBalancer,
      send: (body) => api.post('/loadbalancers', body),
    },
    {
      ...shared,
      title: 'updating a load balancer',
      successStatus: 200,
      attributes: attributesIn(updateBody.schema, 'loadbalancer'),
      rows: sharedRows('update'),
      unknown: [
        ...vipRows.map((row) => row.name),
        ...placementRows(w).map((row) => row.name),
        'vip_vnic_type',
        'id',
      ],
      compose: (attributes) => ({ loadbalancer: attributes }),
      send: (body) => api.put(`/loadbalancers/${w.loadBalancer}`, body),
    },
  ];
}
