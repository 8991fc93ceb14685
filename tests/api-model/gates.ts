import { find, immutable } from './refusal.ts';
import { type Listener, type Policy, type Pool, type State, the } from './state.ts';

/** A change below a load balancer needs it ACTIVE, and keeps everybody else out until the provider is done. */
export function lock(state: State, loadBalancerId: string): void {
  const loadBalancer = the(state.loadBalancer, loadBalancerId);
  if (loadBalancer.provisioning !== 'ACTIVE') throw immutable('Load Balancer', loadBalancerId);
  loadBalancer.provisioning = 'PENDING_UPDATE';
}

/** A change of members or monitor needs the pool ACTIVE too, which is named first; those who use it show it. */
export function lockPool(state: State, poolId: string): Pool {
  const pool = find(state.pool, 'pool', poolId);
  if (pool.provisioning !== 'ACTIVE') throw immutable('Pool', poolId);
  lock(state, pool.loadBalancer);
  pool.provisioning = 'PENDING_UPDATE';
  touchListenersUsing(state, poolId);
  return pool;
}

export function lockListener(state: State, listenerId: string): Listener {
  const listener = find(state.listener, 'listener', listenerId);
  lock(state, listener.loadBalancer);
  listener.provisioning = 'PENDING_UPDATE';
  return listener;
}

/** A change of rules needs the policy ACTIVE too, which is named first. */
export function lockPolicy(state: State, policyId: string): Policy {
  const policy = find(state.policy, 'L7Policy', policyId);
  if (policy.provisioning !== 'ACTIVE') throw immutable('L7Policy', policyId);
  lockListener(state, policy.listener);
  policy.provisioning = 'PENDING_UPDATE';
  return policy;
}

/** As default pool, or by a policy that has a rule. */
export function touchListenersUsing(state: State, poolId: string): void {
  for (const listener of state.listener.values())
    if (listener.defaultPool === poolId || redirectsTo(state, listener, poolId))
      listener.provisioning = 'PENDING_UPDATE';
}

function redirectsTo(state: State, listener: Listener, poolId: string): boolean {
  const withRules = new Set([...state.rule.values()].map((rule) => rule.policy));
  return [...state.policy.values()].some(
    (policy) =>
      policy.listener === listener.id && policy.redirectPool === poolId && withRules.has(policy.id),
  );
}

/** Policies of a listener stand at 1..n. @param position of `policy`; beyond the end is the end; null: it is gone */
export function arrange(state: State, policy: Policy, position: number | null): void {
  const siblings = [...state.policy.values()]
    .filter(({ id, listener }) => listener === policy.listener && id !== policy.id)
    .toSorted((a, b) => a.position - b.position);
  const all = position === null ? siblings : siblings.toSpliced(position - 1, 0, policy);
  for (const [index, each] of all.entries()) each.position = index + 1;
}
