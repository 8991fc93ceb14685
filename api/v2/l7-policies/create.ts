import { findListed } from '#core/db/list-query.ts';
import { listedL7Policies } from '#core/db/listed/l7-policy.ts';
import { l7Policies } from '#core/db/repositories/l7-policy.ts';
import { noChildren, validationFailure } from '../../faults.ts';
import { type Answer, type ApiRequest, created, permit } from '../../http/request.ts';
import { callProvider } from '../../providers.ts';
import { reserve, write } from '../../writing.ts';
import { newL7Policy } from './new-l7-policy.ts';
import {
  checkRedirectPool,
  expectPoolOf,
  findListener,
  lockListenerForChange,
  providerOf,
} from './parent.ts';
import { createBody } from './schema.ts';
import { answerWith } from './show.ts';

export async function createL7Policy(request: ApiRequest): Promise<Answer> {
  const { context } = request;
  const sent = createBody.parse(request.body);
  const parent = await findListener(request, sent.listener_id ?? null);
  permit(request, 'l7policy:post', parent.projectId);
  if ((sent.rules?.length ?? 0) > 0)
    throw validationFailure('rules can only be given when a whole load balancer is created.');
  if (parent.protocol === 'PROMETHEUS') throw noChildren(parent.protocol);
  await checkRedirectPool(context.database, sent.redirect_pool_id, parent);
  const provider = await providerOf(request, parent);

  const row = await write(request, async (tx, call) => {
    await reserve(request, tx, parent.projectId, 'l7Policy');
    const policy = newL7Policy(sent, sent.redirect_pool_id ?? null, parent, context);
    const listener = await lockListenerForChange(tx, parent);
    await expectPoolOf(tx, listener, policy);
    await l7Policies.insert(tx, policy);
    const stored = await findListed(tx, listedL7Policies, policy.id);
    const { position } = stored ?? policy;
    await callProvider(provider, 'l7PolicyCreate', call, { ...policy, position }, listener);
    return stored;
  });
  return created(answerWith(row));
}
