import type { Client } from './client.ts';
import { type Counted, inUse, type LoadBalancer, type State } from './state.ts';

/** How the API refuses, as the contract has it. Whoever throws it has changed nothing that counts. */
export class Refusal extends Error {
  readonly status: number;

  constructor(status: number, text: string) {
    super(text);
    this.status = status;
  }
}

const WORDS: Readonly<Record<Counted, string>> = {
  loadBalancer: 'Load Balancer',
  listener: 'Listener',
  pool: 'Pool',
  member: 'Member',
  monitor: 'Health Monitor',
  policy: 'L7 Policy',
  rule: 'L7 Rule',
};

/** 404 comes before 403, so whoever finds an object of somebody else learns that it is there. */
export function find<Found>(
  objects: ReadonlyMap<string, Found>,
  kind: Counted | 'L7Policy',
  id: string,
): Found {
  const found = objects.get(id);
  if (found === undefined)
    throw new Refusal(404, `${kind === 'L7Policy' ? kind : WORDS[kind]} ${id} not found.`);
  return found;
}

/** Deleted load balancers are hidden. */
export function findLoadBalancer(state: State, id: string): LoadBalancer {
  const found = find(state.loadBalancer, 'loadBalancer', id);
  if (found.provisioning === 'DELETED') throw new Refusal(404, `Load Balancer ${id} not found.`);
  return found;
}

export function permit(client: Client, project: string): void {
  if (client.role === 'admin') return;
  if (client.role === 'member' && client.project === project) return;
  throw forbidden();
}

export function permitAdmin(client: Client): void {
  if (client.role !== 'admin') throw forbidden();
}

function forbidden(): Refusal {
  return new Refusal(403, 'Policy does not allow this request to be performed.');
}

export function reserve(
  state: State,
  project: string,
  kind: Counted,
  count = 1,
  limit = state.limits.get(project)?.[kind] ?? -1,
): void {
  if (count > 0 && limit >= 0 && inUse(state, project, kind) + count > limit)
    throw new Refusal(403, `Quota has been met for resources: ${WORDS[kind]}`);
}

export function immutable(word: 'Load Balancer' | 'Pool' | 'L7Policy', id: string): Refusal {
  return new Refusal(409, `${word} ${id} is immutable and cannot be updated.`);
}
