import { loadBalancers } from '#core/db/repositories/load-balancer.ts';
import { members } from '#core/db/repositories/member.ts';
import { pools } from '#core/db/repositories/pool.ts';
import type { LoadBalancer } from '#core/domain/load-balancer.ts';
import type { Member } from '#core/domain/member.ts';
import type { Pool } from '#core/domain/pool.ts';
import { notFound } from '../../faults.ts';
import { findOrRefuse } from '../../gate.ts';
import { type ApiRequest, param } from '../../http/request.ts';
import { parentNotFound } from '../../http/router-fault.ts';
import { canonicalUuid } from '../../schema/text.ts';

/** The pool in the path. @throws RouterFault, since the router already needs it */
export async function findParentPool(request: ApiRequest): Promise<Pool> {
  const spelt = param(request, 'poolId');
  const id = canonicalUuid(spelt);
  const pool = id === null ? null : await pools.find(request.context.database, id);
  if (pool === null) throw parentNotFound('Pool', spelt);
  return pool;
}

/** The member in the path. @returns it, and whether it belongs to the pool in the path */
export async function findMember(request: ApiRequest): Promise<Member> {
  return findOrRefuse(members, request.context.database, 'Member', param(request, 'id'));
}

/** Asked after the policy: who may not read a pool shall not learn whose a member is. */
export function expectMemberOf(pool: Pool, member: Member, request: ApiRequest): void {
  if (member.poolId !== pool.id) throw notFound('Member', param(request, 'id'));
}

export async function loadBalancerOf(request: ApiRequest, pool: Pool): Promise<LoadBalancer> {
  const { database } = request.context;
  return findOrRefuse(loadBalancers, database, 'Load Balancer', pool.loadBalancerId);
}
