import { type Command, call, type Draw, madeId, pick } from '../command.ts';
import { lock, touchListenersUsing } from '../gates.ts';
import { find, permit, Refusal, reserve } from '../refusal.ts';
import { loadBalancerOf, the } from '../state.ts';
import { refuseMismatch } from './listeners.ts';

const ATTRIBUTES = { protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN' } as const;

export function createPool(draw: Draw): Command {
  const loadBalancer = pick(draw, 'loadBalancer');
  const pool = { ...ATTRIBUTES, loadbalancer_id: loadBalancer };
  return {
    ...call(draw, 'POST', '/pools', { pool }),
    expect(state, answer) {
      const { project } = find(state.loadBalancer, 'loadBalancer', loadBalancer);
      permit(draw.client, project);
      reserve(state, project, 'pool');
      lock(state, loadBalancer);
      const id = madeId(answer, 'pool');
      const statuses = { provisioning: 'PENDING_CREATE', operating: 'OFFLINE' };
      state.pool.set(id, { id, loadBalancer, name: null, ...statuses });
      return 201;
    },
  };
}

/** Makes it the listener's default pool. */
export function createPoolOfListener(draw: Draw): Command {
  const listener = pick(draw, 'listener');
  const pool = { ...ATTRIBUTES, listener_id: listener };
  return {
    ...call(draw, 'POST', '/pools', { pool }),
    expect(state, answer) {
      const parent = find(state.listener, 'listener', listener);
      const { id: loadBalancer, project } = the(state.loadBalancer, parent.loadBalancer);
      permit(draw.client, project);
      refuseMismatch(parent.protocol);
      reserve(state, project, 'pool');
      if (parent.defaultPool !== null)
        throw new Refusal(409, 'This listener already has a default pool');
      lock(state, loadBalancer);
      const id = madeId(answer, 'pool');
      const statuses = { provisioning: 'PENDING_CREATE', operating: 'OFFLINE' };
      state.pool.set(id, { id, loadBalancer, name: null, ...statuses });
      parent.defaultPool = id;
      parent.provisioning = 'PENDING_UPDATE';
      return 201;
    },
  };
}

export function updatePool(draw: Draw): Command {
  const id = pick(draw, 'pool');
  return {
    ...call(draw, 'PUT', `/pools/${id}`, { pool: { name: draw.mark } }),
    expect(state) {
      const found = find(state.pool, 'pool', id);
      permit(draw.client, loadBalancerOf(state, 'pool', id).project);
      lock(state, found.loadBalancer);
      found.name = draw.mark;
      found.provisioning = 'PENDING_UPDATE';
      touchListenersUsing(state, id);
      return 200;
    },
  };
}

export function deletePool(draw: Draw): Command {
  const id = pick(draw, 'pool');
  return {
    ...call(draw, 'DELETE', `/pools/${id}`),
    expect(state, answer) {
      const found = find(state.pool, 'pool', id);
      permit(draw.client, loadBalancerOf(state, 'pool', id).project);
      const using = [...state.policy.values()].filter((policy) => policy.redirectPool === id);
      if (using.length > 0) throw inUseBy(id, using, answer.text);
      lock(state, found.loadBalancer);
      found.provisioning = 'PENDING_DELETE';
      touchListenersUsing(state, id);
      return 204;
    },
  };
}

/** Which of several is named is not part of the contract. */
function inUseBy(id: string, using: readonly { readonly id: string }[], said: string): Refusal {
  const named = using.find((policy) => said.includes(policy.id)) ?? using[0];
  return new Refusal(409, `Pool ${id} is in use by L7 policy ${named?.id}`);
}
