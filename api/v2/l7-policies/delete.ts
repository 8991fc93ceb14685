import { l7Policies } from '#core/db/repositories/l7-policy.ts';
import { ProvisioningStatus } from '#core/domain/status.ts';
import { findOrRefuse } from '../../gate.ts';
import { type Answer, type ApiRequest, noContent, permit } from '../../http/request.ts';
import { callProvider } from '../../providers.ts';
import { write } from '../../writing.ts';
import { findListener, lockListenerForChange, providerOf } from './parent.ts';
import { findL7Policy } from './show.ts';

export async function deleteL7Policy(request: ApiRequest): Promise<Answer> {
  const policy = await findL7Policy(request);
  permit(request, 'l7policy:delete', policy.projectId);
  const parent = await findListener(request, policy.listenerId);
  const provider = await providerOf(request, parent);
  await write(request, async (tx, call) => {
    const listener = await lockListenerForChange(tx, parent);
    const current = await findOrRefuse(l7Policies, tx, 'L7 Policy', policy.id);
    await l7Policies.update(tx, current, { provisioningStatus: ProvisioningStatus.PendingDelete });
    await callProvider(provider, 'l7PolicyDelete', call, current, listener);
  });
  return noContent;
}
