import { type Command, call, type Draw, madeId, pick } from '../command.ts';
import { lock, lockListener } from '../gates.ts';
import { find, permit, Refusal, reserve } from '../refusal.ts';
import { type Listener, loadBalancerOf, type State } from '../state.ts';

/** Few ports, so that they collide; UDP ports collide with UDP ports only. */
export function createListener(draw: Draw): Command {
  const loadBalancer = pick(draw, 'loadBalancer');
  const protocol = draw.b % 4 === 3 ? 'UDP' : 'HTTP';
  const port = 1 + (draw.b % 2);
  const defaultPool = draw.b % 3 === 1 ? pick(draw, 'pool') : null;
  const listener = {
    loadbalancer_id: loadBalancer,
    protocol,
    protocol_port: port,
    ...(defaultPool === null ? {} : { default_pool_id: defaultPool }),
  };
  return {
    ...call(draw, 'POST', '/listeners', { listener }),
    expect(state, answer) {
      const parent = find(state.loadBalancer, 'loadBalancer', loadBalancer);
      permit(draw.client, parent.project);
      reserve(state, parent.project, 'listener');
      checkDefaultPool(state, defaultPool, loadBalancer, protocol);
      lock(state, loadBalancer);
      refuseTakenPort(state, loadBalancer, protocol, port);
      const id = madeId(answer, 'listener');
      const statuses = { provisioning: 'PENDING_CREATE', operating: 'OFFLINE' };
      state.listener.set(id, {
        id,
        loadBalancer,
        protocol,
        port,
        name: null,
        defaultPool,
        ...statuses,
      });
      return 201;
    },
  };
}

export function updateListener(draw: Draw): Command {
  const id = pick(draw, 'listener');
  const defaultPool = draw.b % 2 === 0 ? null : pick(draw, 'pool', 'b');
  const listener = { name: draw.mark, default_pool_id: defaultPool };
  return {
    ...call(draw, 'PUT', `/listeners/${id}`, { listener }),
    expect(state) {
      const found = find(state.listener, 'listener', id);
      permit(draw.client, loadBalancerOf(state, 'listener', id).project);
      checkDefaultPool(state, defaultPool, found.loadBalancer, found.protocol);
      const locked = lockListener(state, id);
      locked.name = draw.mark;
      locked.defaultPool = defaultPool;
      return 200;
    },
  };
}

export function deleteListener(draw: Draw): Command {
  const id = pick(draw, 'listener');
  return {
    ...call(draw, 'DELETE', `/listeners/${id}`),
    expect(state) {
      find(state.listener, 'listener', id);
      permit(draw.client, loadBalancerOf(state, 'listener', id).project);
      lockListener(state, id).provisioning = 'PENDING_DELETE';
      return 204;
    },
  };
}

/** All pools here speak HTTP. */
export function refuseMismatch(protocol: Listener['protocol']): void {
  if (protocol !== 'HTTP')
    throw new Refusal(
      400,
      `Validation failure: The pool protocol 'HTTP' is invalid while the listener protocol is '${protocol}'.`,
    );
}

function checkDefaultPool(
  state: State,
  id: string | null,
  loadBalancer: string,
  protocol: Listener['protocol'],
): void {
  if (id === null) return;
  if (state.pool.get(id)?.loadBalancer !== loadBalancer)
    throw new Refusal(404, `Pool ${id} not found.`);
  refuseMismatch(protocol);
}

function refuseTakenPort(
  state: State,
  loadBalancer: string,
  protocol: Listener['protocol'],
  port: number,
): void {
  const isTaken = [...state.listener.values()].some(
    (other) =>
      other.loadBalancer === loadBalancer && other.protocol === protocol && other.port === port,
  );
  if (isTaken)
    throw new Refusal(
      409,
      `Another Listener on this Load Balancer is already using protocol ${protocol} and protocol_port ${port}`,
    );
}
