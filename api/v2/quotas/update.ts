import { changeQuota, findQuota } from '#core/db/repositories/quota.ts';
import type { QuotaChanges } from '#core/domain/quota.ts';
import { type Answer, type ApiRequest, permit } from '../../http/request.ts';
import { onlySent, write } from '../../writing.ts';
import { type QuotaUpdate, updateBody } from './schema.ts';
import { projectIn, quotaToApi } from './show.ts';

/** Also below what is in use: that only keeps new objects out. */
export async function updateQuota(request: ApiRequest): Promise<Answer> {
  const sent = updateBody.parse(request.body);
  const projectId = projectIn(request);
  permit(request, 'quota:put', projectId);
  const limits = await write(request, async (tx) => {
    await changeQuota(tx, projectId, changesOf(sent));
    return findQuota(tx, projectId, request.context.config.quotas);
  });
  return { status: 202, body: { quota: quotaToApi(limits, projectId) } };
}

/** Of the two names of a noun the old one wins; null means the default. */
function changesOf(sent: QuotaUpdate): QuotaChanges {
  return onlySent<QuotaChanges>({
    loadBalancer: sent.loadbalancer === undefined ? sent.load_balancer : sent.loadbalancer,
    listener: sent.listener,
    member: sent.member,
    pool: sent.pool,
    healthMonitor: sent.healthmonitor === undefined ? sent.health_monitor : sent.healthmonitor,
    l7Policy: sent.l7policy,
    l7Rule: sent.l7rule,
  });
}
