import { enqueue } from '#core/queue/enqueue.ts';
import { lockForChange } from '../../gate.ts';
import { type Answer, type ApiRequest, accepted, permit } from '../../http/request.ts';
import { write } from '../../writing.ts';
import { findAmphora, loadBalancerOf } from './show.ts';

/** Replaces one amphora. No provider is asked: amphorae are the amphora provider's own business. */
export async function failOverAmphora(request: ApiRequest): Promise<Answer> {
  const amphora = await findAmphora(request);
  const loadBalancer = await loadBalancerOf(request, amphora);
  permit(request, 'amphora:put_failover', loadBalancer.projectId);
  await write(request, async (tx, { requestId }) => {
    await lockForChange(tx, loadBalancer.id);
    const input = { loadBalancerId: loadBalancer.id, amphoraId: amphora.id };
    await enqueue(tx, 'amphora-failover', input, { requestId });
  });
  return accepted;
}
