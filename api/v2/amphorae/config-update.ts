import { enqueue } from '#core/queue/enqueue.ts';
import { type Answer, type ApiRequest, accepted, permit } from '../../http/request.ts';
import { write } from '../../writing.ts';
import { findAmphora, loadBalancerOf } from './show.ts';

/** Has the worker give the agent its configuration anew. Nothing is locked, no status changes. */
export async function updateAmphoraConfig(request: ApiRequest): Promise<Answer> {
  const amphora = await findAmphora(request);
  const loadBalancer = await loadBalancerOf(request, amphora);
  permit(request, 'amphora:put_config', loadBalancer.projectId);
  await write(request, async (tx, { requestId }) => {
    await enqueue(tx, 'amphora-config-update', { amphoraId: amphora.id }, { requestId });
  });
  return accepted;
}
