import { SUBNET } from '../../api/testing/harness.ts';
import { createBody } from '../../api/v2/load-balancers/schema.ts';
import { objects } from './list-kinds.ts';
import { attributesIn, type Row, shown, type Table } from './table.ts';
import type { ContractWorld } from './world.ts';

// The children of a fully-populated load balancer, each with what differs from its own POST.

type Attributes = Readonly<Record<string, unknown>>;
export interface Nested {
  readonly words: string;
  /** From the load balancer down. */
  readonly path: readonly string[];
  readonly rows: readonly Row[];
  readonly unknown: readonly string[];
  /** The attributes of the load balancer around it. */
  around(attributes: Attributes): object;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers freely
  find(loadBalancer: any): Attributes;
}

export function tableOf(w: ContractWorld, nested: Nested): Table {
  return {
    title: `creating a load balancer with ${nested.words}`,
    argument: 'load_balancer',
    root: 'loadbalancer',
    path: pathOf(nested.path),
    successStatus: 201,
    attributes: attributesIn(createBody.schema, 'loadbalancer', ...nested.path),
    rows: nested.rows.map(withFewer),
    unknown: nested.unknown,
    compose: (attributes) => ({
      loadbalancer: { vip_subnet_id: SUBNET, ...nested.around(attributes) },
    }),
    send: (body) => w.api.post('/loadbalancers', body),
    find: ({ json }) => nested.find(json.loadbalancer),
    reset: () => w.settle('load_balancer'),
  };
}

/** Types are the same as in the noun's own request, which has all of their values; here are the bounds. */
function withFewer(row: Row): Row {
  const all = row.accepts ?? row.kind.accepts;
  return all.length <= 3 ? row : { ...row, accepts: [...all.slice(0, 2), ...all.slice(-1)] };
}

export const pathOf = (path: readonly string[]) =>
  ['load_balancer.loadbalancer', ...path].join('.');
export const replaced = (rows: readonly Row[], ...others: readonly Row[]): readonly Row[] => [
  ...rows.filter((row) => others.every(({ name }) => name !== row.name)),
  ...others,
];
/** Of lists of children, which have tables of their own. */
export const nothing = { kind: objects, absent: shown([]), whenNull: shown([]) };

export const POOL = { name: 'p', protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN' };
export const owned = ['id', 'project_id', 'tenant_id'];
