import { PROJECTS } from '../client.ts';
import { type Command, call, type Draw, madeId, pick } from '../command.ts';
import { permitAdmin, Refusal } from '../refusal.ts';
import { COUNTED, type Counted } from '../state.ts';

const API_NAMES: Readonly<Record<Counted, string>> = {
  loadBalancer: 'loadbalancer',
  listener: 'listener',
  pool: 'pool',
  member: 'member',
  monitor: 'healthmonitor',
  policy: 'l7policy',
  rule: 'l7rule',
};

/** Low limits, also below what is in use. */
export function changeQuota(draw: Draw): Command {
  const project = PROJECTS[draw.a % PROJECTS.length] ?? PROJECTS[0];
  const kind = COUNTED[draw.b % COUNTED.length] ?? 'loadBalancer';
  const limit = (draw.a % 4) - 1;
  return {
    ...call(draw, 'PUT', `/quotas/${project}`, { quota: { [API_NAMES[kind]]: limit } }),
    expect(state) {
      permitAdmin(draw.client);
      state.limits.set(project, { ...state.limits.get(project), [kind]: limit });
      return 202;
    },
  };
}

/** Few names, so that they collide. */
export function createFlavor(draw: Draw, profile: string): Command {
  const name = draw.b % 2 === 0 ? 'small' : 'large';
  return {
    ...call(draw, 'POST', '/flavors', { flavor: { name, flavor_profile_id: profile } }),
    expect(state, answer) {
      permitAdmin(draw.client);
      if ([...state.flavor.values()].some((flavor) => flavor.name === name))
        throw new Refusal(409, `A flavor of ${name} already exists.`);
      const id = madeId(answer, 'flavor');
      state.flavor.set(id, { id, name });
      return 201;
    },
  };
}

export function deleteFlavor(draw: Draw): Command {
  const id = pick(draw, 'flavor');
  return {
    ...call(draw, 'DELETE', `/flavors/${id}`),
    expect(state) {
      permitAdmin(draw.client);
      if (!state.flavor.has(id)) throw new Refusal(404, `Flavor ${id} not found.`);
      const isUsed = [...state.loadBalancer.values()].some(
        ({ flavor, provisioning }) => flavor === id && provisioning !== 'DELETED',
      );
      if (isUsed) throw new Refusal(409, `Flavor ${id} is in use and cannot be modified.`);
      state.flavor.delete(id);
      return 204;
    },
  };
}
