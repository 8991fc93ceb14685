import { amphorae } from '#core/db/repositories/amphora.ts';
import { AmphoraStatus } from '#core/domain/status.ts';
import { enqueue } from '#core/queue/enqueue.ts';
import { immutable } from '../../faults.ts';
import { type Answer, type ApiRequest, noContent, permit } from '../../http/request.ts';
import { write } from '../../writing.ts';
import { findAmphora } from './show.ts';

/** Only one that failed may be deleted alone; it need not have a load balancer any more. */
export async function deleteAmphora(request: ApiRequest): Promise<Answer> {
  permit(request, 'amphora:delete', request.identity.projectId);
  const { id } = await findAmphora(request);
  await write(request, async (tx, { requestId }) => {
    const current = await amphorae.hold(tx, id, 'update');
    if (current?.status !== AmphoraStatus.Error) throw immutable('amphora', id);
    await amphorae.update(tx, id, { status: AmphoraStatus.PendingDelete });
    await enqueue(tx, 'amphora-delete', { amphoraId: id }, { requestId });
  });
  return noContent;
}
