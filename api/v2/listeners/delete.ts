import { listeners } from '#core/db/repositories/listener.ts';
import { loadBalancers } from '#core/db/repositories/load-balancer.ts';
import { ProvisioningStatus } from '#core/domain/status.ts';
import { findOrRefuse, lockForChange } from '../../gate.ts';
import { type Answer, type ApiRequest, noContent, param, permit } from '../../http/request.ts';
import { callProvider, providerNamed } from '../../providers.ts';
import { write } from '../../writing.ts';

export async function deleteListener(request: ApiRequest): Promise<Answer> {
  const { context } = request;
  const id = param(request, 'id');
  const listener = await findOrRefuse(listeners, context.database, 'Listener', id);
  permit(request, 'listener:delete', listener.projectId);
  const parent = await findOrRefuse(
    loadBalancers,
    context.database,
    'Load Balancer',
    listener.loadBalancerId,
  );
  const provider = providerNamed(context.providers, parent.provider);
  await write(request, async (tx, call) => {
    await lockForChange(tx, listener.loadBalancerId);
    const current = await findOrRefuse(listeners, tx, 'Listener', listener.id);
    await listeners.update(tx, current.id, {
      provisioningStatus: ProvisioningStatus.PendingDelete,
    });
    await callProvider(provider, 'listenerDelete', call, current);
  });
  return noContent;
}
