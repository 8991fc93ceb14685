import { findListed } from '#core/db/list-query.ts';
import { listedL7Policies } from '#core/db/listed/l7-policy.ts';
import { l7Policies } from '#core/db/repositories/l7-policy.ts';
import type { L7Policy } from '#core/domain/l7-policy.ts';
import { ProvisioningStatus } from '#core/domain/status.ts';
import { findOrRefuse } from '../../gate.ts';
import { type Answer, type ApiRequest, ok, permit } from '../../http/request.ts';
import { callProvider } from '../../providers.ts';
import { onlySent, orWhenNull, write } from '../../writing.ts';
import {
  checkRedirectPool,
  expectPoolOf,
  findListener,
  lockListenerForChange,
  providerOf,
} from './parent.ts';
import { type L7PolicyUpdate, updateBody } from './schema.ts';
import { answerWith, findL7Policy } from './show.ts';
import { badArguments, changeTargets } from './targets.ts';

export async function updateL7Policy(request: ApiRequest): Promise<Answer> {
  const sent = updateBody.parse(request.body);
  const old = await findL7Policy(request);
  permit(request, 'l7policy:put', old.projectId);
  const wanted = changesOf(old, sent);
  const parent = await findListener(request, old.listenerId);
  await checkRedirectPool(request.context.database, wanted.redirectPoolId, parent);
  const provider = await providerOf(request, parent);

  const row = await write(request, async (tx, call) => {
    const listener = await lockListenerForChange(tx, parent);
    const current = await findOrRefuse(l7Policies, tx, 'L7 Policy', old.id);
    // Again: another request may have changed the action meanwhile.
    const changes = changesOf(current, sent);
    await expectPoolOf(tx, listener, changes);
    await l7Policies.update(tx, current, {
      ...changes,
      provisioningStatus: ProvisioningStatus.PendingUpdate,
    });
    await callProvider(provider, 'l7PolicyUpdate', call, current, changes, listener);
    return findListed(tx, listedL7Policies, old.id);
  });
  return ok(answerWith(row));
}

function changesOf(old: L7Policy, sent: L7PolicyUpdate): Partial<L7Policy> {
  if (Object.keys(sent).length === 0) throw badArguments('Invalid update options');
  return {
    ...onlySent<Partial<L7Policy>>({
      name: sent.name,
      description: sent.description,
      isEnabled: orWhenNull(sent.admin_state_up, false),
      position: sent.position ?? undefined,
      tags: orWhenNull(sent.tags, []),
    }),
    ...changeTargets(old, {
      action: sent.action,
      redirectPoolId: sent.redirect_pool_id,
      redirectUrl: sent.redirect_url,
      redirectPrefix: sent.redirect_prefix,
      redirectHttpCode: sent.redirect_http_code,
    }),
  };
}
