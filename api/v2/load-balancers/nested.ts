import { healthMonitors } from '#core/db/repositories/health-monitor.ts';
import { listeners } from '#core/db/repositories/listener.ts';
import { members } from '#core/db/repositories/member.ts';
import { pools } from '#core/db/repositories/pool.ts';
import type { LoadBalancer } from '#core/domain/load-balancer.ts';
import type { Pool } from '#core/domain/pool.ts';
import type { Transaction } from '#core/ports/transaction.ts';
import type { ApiContext } from '../../context.ts';
import type { ApiRequest } from '../../http/request.ts';
import { findTlsFault } from '../../tls.ts';
import { reserve } from '../../writing.ts';
import { newHealthMonitor } from '../health-monitors/new-health-monitor.ts';
import { validateNewMonitor, validateTypeForPool } from '../health-monitors/validate.ts';
import { storeL7Policies } from '../l7-policies/nested.ts';
import { referencesOf as listenerReferences } from '../listeners/create.ts';
import { checkDefaultPool } from '../listeners/default-pool.ts';
import { newListener, validateListenerToCreate } from '../listeners/new-listener.ts';
import type { NestedListener } from '../listeners/schema.ts';
import {
  duplicate,
  isSameMember,
  newMember,
  refuseReservedAddress,
  refuseSriov,
} from '../members/new-member.ts';
import { newPool, referencesOf as poolReferences, validatePoolTls } from '../pools/new-pool.ts';
import { validateSessionPersistence } from '../pools/session-persistence.ts';
import { collectPools, type PoolDefinition, refuseIncomplete } from './nested-pools.ts';
import type { LoadBalancerCreate } from './schema.ts';

/** The children of a fully-populated load balancer, with what is wrong with their TLS references. */
interface Nested {
  readonly pools: readonly { readonly sent: PoolDefinition; readonly tlsFault: Error | null }[];
  readonly listeners: readonly { readonly sent: NestedListener; readonly tlsFault: Error | null }[];
}

/** All that needs no transaction: which pools there are, and whether certificates can be read. */
export async function prepareNested(
  sent: LoadBalancerCreate,
  projectId: string,
  context: ApiContext,
): Promise<Nested> {
  const sentListeners = sent.listeners ?? [];
  const definitions = collectPools(sent.pools ?? [], sentListeners);
  return {
    pools: await Promise.all(
      definitions.map(async (pool) => ({
        sent: pool,
        tlsFault: await findTlsFault(context, projectId, poolReferences(pool)),
      })),
    ),
    listeners: await Promise.all(
      sentListeners.map(async (listener) => ({
        sent: listener,
        tlsFault: await findTlsFault(context, projectId, listenerReferences(listener)),
      })),
    ),
  };
}

/** Most load balancers are created alone. */
export function isEmpty({ pools: ownPools, listeners: ownListeners }: Nested): boolean {
  return ownPools.length === 0 && ownListeners.length === 0;
}

/** Stores pools with their children first, then the listeners that use them. All or nothing, by the transaction. */
export async function storeNested(
  request: ApiRequest,
  tx: Transaction,
  nested: Nested,
  loadBalancer: LoadBalancer,
): Promise<void> {
  const { projectId } = loadBalancer;
  await reserve(request, tx, projectId, 'pool', nested.pools.length);
  const byName = new Map<string, Pool>();
  for (const { sent, tlsFault } of nested.pools) {
    const pool = await storePool(request, tx, sent, tlsFault, loadBalancer);
    if (pool.name !== null) byName.set(pool.name, pool);
  }
  await reserve(request, tx, projectId, 'listener', nested.listeners.length);
  for (const { sent, tlsFault } of nested.listeners)
    await storeListener(request, tx, sent, tlsFault, loadBalancer, byName);
}

async function storePool(
  request: ApiRequest,
  tx: Transaction,
  sent: PoolDefinition,
  tlsFault: Error | null,
  loadBalancer: LoadBalancer,
): Promise<Pool> {
  const { context } = request;
  refuseIncomplete(sent);
  const pool = newPool(sent, loadBalancer, context);
  if (pool.sessionPersistence)
    validateSessionPersistence(pool.sessionPersistence, pool.protocol, 'create');
  validatePoolTls(pool, sent, context.config.apiSettings, tlsFault);
  await pools.insert(tx, pool);
  await storeMonitor(request, tx, sent, pool);
  await storeMembers(request, tx, sent, pool, loadBalancer.flavorId);
  return pool;
}

async function storeMonitor(
  request: ApiRequest,
  tx: Transaction,
  { healthmonitor: sent }: PoolDefinition,
  pool: Pool,
): Promise<void> {
  if (!sent) return;
  await reserve(request, tx, pool.projectId, 'healthMonitor');
  const monitor = newHealthMonitor(sent, pool, request.context);
  const { apiSettings } = request.context.config;
  validateTypeForPool(monitor.type, pool.protocol, monitor.delaySeconds, apiSettings);
  validateNewMonitor(sent, monitor);
  await healthMonitors.insert(tx, monitor);
}

async function storeMembers(
  request: ApiRequest,
  tx: Transaction,
  definition: PoolDefinition,
  pool: Pool,
  flavorId: string | null,
): Promise<void> {
  const hasMonitor = Boolean(definition.healthmonitor);
  const sent = definition.members ?? [];
  await reserve(request, tx, pool.projectId, 'member', sent.length);
  const stored: ReturnType<typeof newMember>[] = [];
  for (const each of sent) {
    refuseReservedAddress(each, request.context);
    const member = newMember(each, pool, hasMonitor, request.context);
    await refuseSriov(tx, [member], flavorId);
    if (stored.some((other) => isSameMember(other, member))) throw duplicate(member);
    await members.insert(tx, member);
    stored.push(member);
  }
}

async function storeListener(
  request: ApiRequest,
  tx: Transaction,
  sent: NestedListener,
  tlsFault: Error | null,
  loadBalancer: LoadBalancer,
  byName: ReadonlyMap<string, Pool>,
): Promise<void> {
  const { context } = request;
  const poolId = byName.get(sent.default_pool?.name ?? '')?.id ?? sent.default_pool_id ?? null;
  if (poolId !== null) await checkDefaultPool(tx, poolId, loadBalancer.id, sent.protocol);
  const listener = newListener(sent, loadBalancer, poolId, context);
  const { apiSettings } = context.config;
  await validateListenerToCreate(tx, listener, sent, loadBalancer, apiSettings, tlsFault);
  await listeners.insert(tx, listener);
  await storeL7Policies(request, tx, sent.l7policies ?? [], listener, byName);
}
