import { resetQuota } from '#core/db/repositories/quota.ts';
import { notFound } from '../../faults.ts';
import { type Answer, type ApiRequest, accepted, permit } from '../../http/request.ts';
import { write } from '../../writing.ts';
import { projectIn } from './show.ts';

/** Every limit is the default again; what is in use goes on being counted. */
export async function deleteQuota(request: ApiRequest): Promise<Answer> {
  const projectId = projectIn(request);
  permit(request, 'quota:delete', projectId);
  await write(request, async (tx) => {
    if (!(await resetQuota(tx, projectId))) throw notFound('Quotas', projectId);
  });
  return accepted;
}
