/**
 * What the model believes to be stored. Objects have the fields that a request or a provider can change and that the
 * snapshot of the database has under the same names.
 */

interface Provisioned {
  provisioning: string;
  operating: string;
}

export interface LoadBalancer extends Provisioned {
  readonly id: string;
  readonly project: string;
  name: string | null;
  readonly flavor: string | null;
}

export interface Listener extends Provisioned {
  readonly id: string;
  readonly loadBalancer: string;
  readonly protocol: 'HTTP' | 'UDP';
  readonly port: number;
  name: string | null;
  defaultPool: string | null;
}

export interface Pool extends Provisioned {
  readonly id: string;
  readonly loadBalancer: string;
  name: string | null;
}

export interface Member extends Provisioned {
  readonly id: string;
  readonly pool: string;
  readonly port: number;
  weight: number;
}

export interface Monitor extends Provisioned {
  readonly id: string;
  readonly pool: string;
  delay: number;
}

export interface Policy extends Provisioned {
  readonly id: string;
  readonly listener: string;
  name: string | null;
  position: number;
  redirectPool: string | null;
}

export interface Rule extends Provisioned {
  readonly id: string;
  readonly policy: string;
  value: string;
}

export interface Flavor {
  readonly id: string;
  readonly name: string;
}

export interface Objects {
  loadBalancer: LoadBalancer;
  listener: Listener;
  pool: Pool;
  member: Member;
  monitor: Monitor;
  policy: Policy;
  rule: Rule;
  flavor: Flavor;
}
export type Kind = keyof Objects;

export const COUNTED = [
  'loadBalancer',
  'listener',
  'pool',
  'member',
  'monitor',
  'policy',
  'rule',
] as const;
export type Counted = (typeof COUNTED)[number];

export type State = { readonly [Of in Kind]: Map<string, Objects[Of]> } & {
  /** Limits that somebody set, by project; what is not there is the default. */
  readonly limits: Map<string, Partial<Record<Counted, number>>>;
};

export function emptyState(): State {
  return {
    loadBalancer: new Map(),
    listener: new Map(),
    pool: new Map(),
    member: new Map(),
    monitor: new Map(),
    policy: new Map(),
    rule: new Map(),
    flavor: new Map(),
    limits: new Map(),
  };
}

/** The load balancer that an object lies below, or is. */
export function loadBalancerOf(state: State, kind: Counted, id: string): LoadBalancer {
  switch (kind) {
    case 'loadBalancer':
      return the(state.loadBalancer, id);
    case 'listener':
      return the(state.loadBalancer, the(state.listener, id).loadBalancer);
    case 'pool':
      return the(state.loadBalancer, the(state.pool, id).loadBalancer);
    case 'member':
      return loadBalancerOf(state, 'pool', the(state.member, id).pool);
    case 'monitor':
      return loadBalancerOf(state, 'pool', the(state.monitor, id).pool);
    case 'policy':
      return loadBalancerOf(state, 'listener', the(state.policy, id).listener);
    case 'rule':
      return loadBalancerOf(state, 'policy', the(state.rule, id).policy);
  }
}

/** An object that the model knows to be there. */
export function the<Found>(objects: ReadonlyMap<string, Found>, id: string): Found {
  const found = objects.get(id);
  if (found === undefined) throw new Error(`the model has lost ${id}`);
  return found;
}

/** How much of a project's quota is used: all that is stored, whatever its status, but deleted load balancers. */
export function inUse(state: State, project: string, kind: Counted): number {
  return [...state[kind].values()].filter(
    ({ id, provisioning }) =>
      provisioning !== 'DELETED' && loadBalancerOf(state, kind, id).project === project,
  ).length;
}

/** All that is stored below a load balancer. */
export function childrenOf(
  state: State,
  loadBalancer: string,
): readonly [Counted, Provisioned & { readonly id: string }][] {
  return COUNTED.filter((kind) => kind !== 'loadBalancer').flatMap((kind) =>
    [...state[kind].values()]
      .filter(({ id }) => loadBalancerOf(state, kind, id).id === loadBalancer)
      .map((child): [Counted, typeof child] => [kind, child]),
  );
}
