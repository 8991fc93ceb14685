import { type Command, call, type Draw, madeId, pick } from '../command.ts';
import { lockPool } from '../gates.ts';
import { find, permit, Refusal, reserve } from '../refusal.ts';
import { loadBalancerOf, type Monitor, type State } from '../state.ts';

export function createMonitor(draw: Draw): Command {
  const pool = pick(draw, 'pool');
  const healthmonitor = { pool_id: pool, type: 'TCP', delay: 5, timeout: 3, max_retries: 2 };
  return {
    ...call(draw, 'POST', '/healthmonitors', { healthmonitor }),
    expect(state, answer) {
      find(state.pool, 'pool', pool);
      const { project } = loadBalancerOf(state, 'pool', pool);
      permit(draw.client, project);
      reserve(state, project, 'monitor');
      lockPool(state, pool);
      if ([...state.monitor.values()].some((monitor) => monitor.pool === pool))
        throw new Refusal(409, 'This pool already has a health monitor');
      const id = madeId(answer, 'healthmonitor');
      const statuses = { provisioning: 'PENDING_CREATE', operating: 'OFFLINE' };
      state.monitor.set(id, { id, pool, delay: 5, ...statuses });
      return 201;
    },
  };
}

export function updateMonitor(draw: Draw): Command {
  const id = pick(draw, 'monitor');
  const delay = Number(draw.mark.slice(1));
  return {
    ...call(draw, 'PUT', `/healthmonitors/${id}`, { healthmonitor: { delay } }),
    expect(state) {
      const monitor = lockForMonitor(state, draw, id);
      monitor.delay = delay;
      monitor.provisioning = 'PENDING_UPDATE';
      return 200;
    },
  };
}

export function deleteMonitor(draw: Draw): Command {
  const id = pick(draw, 'monitor');
  return {
    ...call(draw, 'DELETE', `/healthmonitors/${id}`),
    expect(state) {
      lockForMonitor(state, draw, id).provisioning = 'PENDING_DELETE';
      return 204;
    },
  };
}

function lockForMonitor(state: State, { client }: Draw, id: string): Monitor {
  const monitor = find(state.monitor, 'monitor', id);
  permit(client, loadBalancerOf(state, 'monitor', id).project);
  lockPool(state, monitor.pool);
  return monitor;
}
