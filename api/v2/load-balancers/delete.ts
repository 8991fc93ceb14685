import { DELETABLE, ProvisioningStatus } from '#core/domain/status.ts';
import type { Queryable } from '#core/ports/transaction.ts';
import { validationFailure } from '../../faults.ts';
import { findLoadBalancer } from '../../gate.ts';
import {
  type Answer,
  type ApiRequest,
  isSwitchedOn,
  noContent,
  param,
  permit,
} from '../../http/request.ts';
import { callProvider, providerNamed } from '../../providers.ts';
import { write } from '../../writing.ts';
import { lockItself } from './lock.ts';

export async function deleteLoadBalancer(request: ApiRequest): Promise<Answer> {
  const { context } = request;
  const isCascade = isSwitchedOn(request, 'cascade');
  const old = await findLoadBalancer(context.database, param(request, 'id'));
  permit(request, 'loadbalancer:delete', old.projectId);
  const provider = providerNamed(context.providers, old.provider);
  await write(request, async (tx, call) => {
    const current = await lockItself(
      tx,
      old.id,
      DELETABLE,
      ProvisioningStatus.PendingDelete,
      async () => isCascade || refuseWithChildren(tx, old.id),
    );
    await callProvider(provider, 'loadBalancerDelete', call, current, isCascade);
  });
  return noContent;
}

async function refuseWithChildren(db: Queryable, id: string): Promise<void> {
  const found = await db.query<{ hasChildren: boolean }>(
    `select exists (select from listener where load_balancer_id = $1)
         or exists (select from pool where load_balancer_id = $1) as "hasChildren"`,
    [id],
  );
  if (found.rows[0]?.hasChildren)
    throw validationFailure(`Cannot delete Load Balancer ${id} - it has children`);
}
