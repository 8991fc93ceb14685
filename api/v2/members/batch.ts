import { healthMonitors } from '#core/db/repositories/health-monitor.ts';
import { members } from '#core/db/repositories/member.ts';
import type { Member } from '#core/domain/member.ts';
import type { Pool } from '#core/domain/pool.ts';
import { ProvisioningStatus } from '#core/domain/status.ts';
import type { Transaction } from '#core/ports/transaction.ts';
import type { ApiContext } from '../../context.ts';
import { subresourceNotFound, validationFailure } from '../../faults.ts';
import { lockPoolForChange } from '../../gate.ts';
import {
  type Answer,
  type ApiRequest,
  accepted,
  isSwitchedOn,
  permit,
} from '../../http/request.ts';
import { callProvider, providerNamed } from '../../providers.ts';
import { holdQuotaFirst, reserve, write } from '../../writing.ts';
import {
  duplicate,
  isSameMember,
  newMember,
  refuseReservedAddress,
  refuseSriov,
} from './new-member.ts';
import { findParentPool, loadBalancerOf } from './parent.ts';
import { batchBody, type NestedMember } from './schema.ts';

/** What a batch comes down to. Members are told apart by address and port. */
interface BatchPlan {
  readonly added: readonly Member[];
  readonly replaced: readonly Member[];
  readonly removed: readonly Member[];
  readonly kept: readonly Member[];
}

/** Thrown to undo the lock when there turned out to be nothing to do. */
class NothingToDo extends Error {}

/** Makes a pool's members those that are listed; with `additive_only`, leaves the others as they are. */
export async function batchUpdateMembers(request: ApiRequest): Promise<Answer> {
  const parent = await findParentPool(request);
  const sent = batchBody.parse(withList(request.body));
  const isAdditive = isSwitchedOn(request, 'additive_only');
  permit(request, 'member:post', parent.projectId);
  permit(request, 'member:put', parent.projectId);
  if (!isAdditive) permit(request, 'member:delete', parent.projectId);
  const { context } = request;
  const loadBalancer = await loadBalancerOf(request, parent);
  const provider = providerNamed(context.providers, loadBalancer.provider);

  const subnets = await knownSubnets(sent, context);

  const work = write(request, async (tx, call) => {
    await holdQuotaFirst(request, tx, parent.projectId);
    const { pool } = await lockPoolForChange(tx, parent);
    const stored = await members.findBy(tx, 'poolId', pool.id);
    const hasMonitor = (await healthMonitors.findBy(tx, 'poolId', pool.id)).length > 0;
    const plan = planOf(sent, stored, pool, hasMonitor, isAdditive, context);
    if (stored.length === 0 && plan.added.length === 0) throw new NothingToDo();
    const added = plan.added.length;
    const growth = added - plan.removed.length;
    await reserve(request, tx, pool.projectId, 'member', added, growth);
    await refuseSriov(tx, plan.added, loadBalancer.flavorId);
    refuseUnknownSubnets(plan.added, subnets);
    await store(tx, plan);
    const wanted = [...plan.kept, ...plan.replaced, ...plan.added];
    await callProvider(provider, 'memberBatchUpdate', call, pool, wanted);
  });
  await work.catch((error: unknown) => {
    if (!(error instanceof NothingToDo)) throw error;
  });
  return accepted;
}

/** `members: null` is an empty list; without the key the body is wrong. */
function withList(body: unknown): unknown {
  const hasNull =
    typeof body === 'object' && body !== null && 'members' in body && body.members === null;
  return hasNull ? { ...body, members: [] } : body;
}

function planOf(
  sent: readonly NestedMember[],
  stored: readonly Member[],
  pool: Pool,
  hasMonitor: boolean,
  isAdditive: boolean,
  context: ApiContext,
): BatchPlan {
  const added: Member[] = [];
  const replaced: Member[] = [];
  for (const each of sent) {
    refuseReservedAddress(each, context);
    const member = newMember(each, pool, hasMonitor, context);
    const existing = stored.find((candidate) => isSameMember(candidate, member));
    if (existing === undefined) {
      if (added.some((other) => isSameMember(other, member))) throw duplicate(member);
      added.push(member);
      continue;
    }
    if (replaced.some((other) => other.id === existing.id))
      throw validationFailure('Member must be updated only once in the same request.');
    replaced.push(replacement(existing, each, member));
  }
  const others = stored.filter((member) => !replaced.some((other) => other.id === member.id));
  return isAdditive
    ? { added, replaced, removed: [], kept: others }
    : { added, replaced, removed: others, kept: [] };
}

/** An existing member is replaced, not merged: what is not given gets its default, but for name, subnet and tags. */
function replacement(existing: Member, sent: NestedMember, fresh: Member): Member {
  return {
    ...existing,
    name: sent.name === undefined ? existing.name : sent.name,
    subnetId: sent.subnet_id === undefined ? existing.subnetId : sent.subnet_id,
    tags: sent.tags ?? existing.tags,
    isEnabled: fresh.isEnabled,
    weight: fresh.weight ?? 1,
    isBackup: fresh.isBackup,
    monitorAddress: fresh.monitorAddress,
    monitorPort: fresh.monitorPort,
    provisioningStatus: ProvisioningStatus.PendingUpdate,
  };
}

/** Each subnet is asked for once, and before any lock is held: the network service may be slow. */
async function knownSubnets(
  sent: readonly NestedMember[],
  { network }: ApiContext,
): Promise<ReadonlySet<string>> {
  const ids = new Set(sent.map((each) => each.subnet_id).filter((id) => id != null));
  const known = new Set<string>();
  for (const id of ids) if ((await network.getSubnet(id)) !== null) known.add(id);
  return known;
}

function refuseUnknownSubnets(added: readonly Member[], known: ReadonlySet<string>): void {
  const missing = added.find(({ subnetId }) => subnetId !== null && !known.has(subnetId));
  if (missing?.subnetId) throw subresourceNotFound('Subnet', missing.subnetId);
}

async function store(tx: Transaction, plan: BatchPlan): Promise<void> {
  for (const member of plan.added) await members.insert(tx, member);
  for (const { id, createdAt: _, updatedAt: __, ...changes } of plan.replaced)
    await members.update(tx, id, changes);
  for (const member of plan.removed)
    await members.update(tx, member.id, { provisioningStatus: ProvisioningStatus.PendingDelete });
}
