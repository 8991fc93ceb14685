import { SUBNET } from '../../../api/testing/harness.ts';
import { type Command, call, type Draw, madeId, pick } from '../command.ts';
import { findLoadBalancer, permit, permitAdmin, Refusal, reserve } from '../refusal.ts';
import type { LoadBalancer, State } from '../state.ts';
import { memberAt } from './members.ts';

const NEWBORN = { provisioning: 'PENDING_CREATE', operating: 'OFFLINE' } as const;

/** Every other one asks for a flavor. */
export function createLoadBalancer(draw: Draw): Command {
  const flavor = draw.a % 2 === 0 ? null : pick(draw, 'flavor', 'b');
  const loadbalancer = {
    name: draw.mark,
    vip_subnet_id: SUBNET,
    ...(flavor === null ? {} : { flavor_id: flavor }),
  };
  return {
    ...call(draw, 'POST', '/loadbalancers', { loadbalancer }),
    expect(state, answer) {
      permit(draw.client, draw.client.project);
      if (flavor !== null && !state.flavor.has(flavor))
        throw new Refusal(400, 'Validation failure: Invalid flavor_id.');
      reserve(state, draw.client.project, 'loadBalancer');
      insert(state, draw, madeId(answer, 'loadbalancer'), flavor);
      return 201;
    },
  };
}

/** With a listener, its default pool, two members and a monitor. */
export function createWholeLoadBalancer(draw: Draw): Command {
  const healthmonitor = { type: 'TCP', delay: 5, timeout: 3, max_retries: 2 };
  const pool = { name: 'own', protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', healthmonitor };
  const loadbalancer = {
    name: draw.mark,
    vip_subnet_id: SUBNET,
    pools: [{ ...pool, members: [memberAt(1), memberAt(2)] }],
    listeners: [{ protocol: 'HTTP', protocol_port: 1, default_pool: { name: 'own' } }],
  };
  const { project } = draw.client;
  return {
    ...call(draw, 'POST', '/loadbalancers', { loadbalancer }),
    expect(state, answer) {
      permit(draw.client, project);
      for (const kind of ['loadBalancer', 'pool', 'monitor'] as const)
        reserve(state, project, kind);
      reserve(state, project, 'member', 2);
      reserve(state, project, 'listener');
      const id = madeId(answer, 'loadbalancer');
      insert(state, draw, id, null);
      if (answer.status === 201) insertBelow(state, id, answer.json.loadbalancer);
      return 201;
    },
  };
}

interface Whole {
  readonly listeners: readonly { readonly id: string }[];
  readonly pools: readonly {
    readonly id: string;
    readonly members: readonly { readonly id: string; readonly protocol_port: number }[];
    readonly healthmonitor: { readonly id: string };
  }[];
}

function insertBelow(state: State, loadBalancer: string, made: Whole): void {
  for (const { id: pool, members, healthmonitor } of made.pools) {
    state.pool.set(pool, { id: pool, loadBalancer, name: 'own', ...NEWBORN });
    for (const { id, protocol_port: port } of members)
      state.member.set(id, { id, pool, port, weight: 1, ...NEWBORN });
    const { id } = healthmonitor;
    state.monitor.set(id, { id, pool, delay: 5, ...NEWBORN });
  }
  const defaultPool = made.pools[0]?.id ?? null;
  for (const { id } of made.listeners)
    state.listener.set(id, {
      id,
      loadBalancer,
      protocol: 'HTTP',
      port: 1,
      name: null,
      defaultPool,
      ...NEWBORN,
    });
}

function insert(state: State, { client, mark }: Draw, id: string, flavor: string | null): void {
  const { project } = client;
  state.loadBalancer.set(id, { id, project, name: mark, flavor, ...NEWBORN });
}

export function updateLoadBalancer(draw: Draw): Command {
  const id = pick(draw, 'loadBalancer');
  return {
    ...call(draw, 'PUT', `/loadbalancers/${id}`, { loadbalancer: { name: draw.mark } }),
    expect(state) {
      const found = findLoadBalancer(state, id);
      permit(draw.client, found.project);
      take(found, ['ACTIVE'], 'PENDING_UPDATE');
      found.name = draw.mark;
      return 200;
    },
  };
}

export function deleteLoadBalancer(draw: Draw): Command {
  const id = pick(draw, 'loadBalancer');
  const isCascade = draw.b % 2 === 0;
  return {
    ...call(draw, 'DELETE', `/loadbalancers/${id}${isCascade ? '?cascade=true' : ''}`),
    expect(state) {
      const found = findLoadBalancer(state, id);
      permit(draw.client, found.project);
      const children = [...state.listener.values(), ...state.pool.values()];
      if (!isCascade && children.some(({ loadBalancer }) => loadBalancer === id))
        throw new Refusal(
          400,
          `Validation failure: Cannot delete Load Balancer ${id} - it has children`,
        );
      take(found, ['ACTIVE', 'ERROR'], 'PENDING_DELETE');
      return 204;
    },
  };
}

export function failOverLoadBalancer(draw: Draw): Command {
  const id = pick(draw, 'loadBalancer');
  return {
    ...call(draw, 'PUT', `/loadbalancers/${id}/failover`),
    expect(state) {
      const found = findLoadBalancer(state, id);
      permitAdmin(draw.client);
      take(found, ['ACTIVE', 'ERROR'], 'PENDING_UPDATE');
      return 202;
    },
  };
}

function take(found: LoadBalancer, allowed: readonly string[], pending: string): void {
  if (!allowed.includes(found.provisioning))
    throw new Refusal(
      409,
      `Invalid state ${found.provisioning} of loadbalancer resource ${found.id}`,
    );
  found.provisioning = pending;
}
