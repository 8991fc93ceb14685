import { validationFailure } from '../../faults.ts';
import type { NestedListener } from '../listeners/schema.ts';
import type { NestedPool } from '../pools/schema.ts';

/** A pool that the request defines, wherever in it. */
export type PoolDefinition = NestedPool;

// Attributes that a mere reference by name may carry too: clients' tools add them by themselves.
const AUTOMATIC = ['name', 'admin_state_up', 'tls_enabled'];

/**
 * Collects the pools of a fully-populated load balancer: those listed, then each listener's default pool and those
 * its L7 policies redirect to. A pool object with a name and nothing else refers to one that is defined elsewhere in the request.
 * @throws OctaviaError when a pool has no name, two have the same, or a reference leads nowhere
 */
export function collectPools(
  listed: readonly NestedPool[],
  listeners: readonly NestedListener[],
): readonly PoolDefinition[] {
  const inListeners = listeners
    .flatMap((listener) => [
      listener.default_pool,
      ...(listener.l7policies ?? []).map((policy) => policy.redirect_pool),
    ])
    .filter((pool) => pool != null);
  if (inListeners.some((pool) => !pool.name))
    throw validationFailure('Pools must be named when creating a fully populated loadbalancer.');
  const definitions = [...listed, ...inListeners].filter(isDefinition);
  const names = definitions.map((pool) => pool.name ?? null);
  if (new Set(names).size < names.length)
    throw validationFailure(
      'Pool names must be unique when creating a fully populated loadbalancer.',
    );
  const dangling = [...listed, ...inListeners].find(
    (pool) => !isDefinition(pool) && !names.includes(pool.name ?? null),
  );
  if (dangling)
    throw validationFailure(
      `Pool '${dangling.name ?? 'None'}' was referenced but no full definition was found.`,
    );
  return definitions;
}

function isDefinition(pool: NestedPool): boolean {
  return Object.keys(pool).some((attribute) => !AUTOMATIC.includes(attribute));
}

/** Asked once it is clear that there is room for the pool at all. */
export function refuseIncomplete(pool: PoolDefinition): void {
  const missing = (['protocol', 'lb_algorithm'] as const).find((attribute) => !pool[attribute]);
  if (missing)
    throw validationFailure(
      `Pool definition for '${pool.name ?? 'None'}' missing required attribute: ${missing}`,
    );
}
