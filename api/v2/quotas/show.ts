import { listedQuotas } from '#core/db/listed/quota.ts';
import { findQuota } from '#core/db/repositories/quota.ts';
import type { QuotaLimits } from '#core/domain/quota.ts';
import { type Answer, type ApiRequest, ok, param, permit } from '../../http/request.ts';
import { answerList, listScope } from '../../lists/answer-list.ts';
import { str } from '../../schema/text.ts';

/** Clients ask for the defaults as if they were a project of this name. */
const DEFAULTS = 'defaults';

/** Projects that have a record: an administrator set it, or they made something. `fields` means nothing here. */
export async function listQuotas(request: ApiRequest): Promise<Answer> {
  const { fields: _, ...query } = request.query;
  const shape = {
    source: listedQuotas(request.context.config.quotas),
    plural: 'quotas',
    toApi: ({ id, ...limits }: QuotaLimits & { readonly id: string }) => quotaToApi(limits, id),
  };
  return answerList({ ...request, query }, shape, listScope(request, 'quota'));
}

export async function showQuota(request: ApiRequest): Promise<Answer> {
  if (param(request, 'id') === DEFAULTS) return showDefaults(request, request.identity.projectId);
  const projectId = projectIn(request);
  permit(request, 'quota:get_one', projectId);
  const { database, config } = request.context;
  const limits = await findQuota(database, projectId, config.quotas);
  return ok({ quota: quotaToApi(limits, projectId) });
}

export async function showDefaultQuota(request: ApiRequest): Promise<Answer> {
  return showDefaults(request, projectIn(request));
}

function showDefaults(request: ApiRequest, projectId: string | null): Answer {
  permit(request, 'quota:get_defaults', projectId);
  return ok({ quota: quotaToApi(request.context.config.quotas, projectId) });
}

/** Keystone is not asked whether there is such a project. @throws OctaviaError for what can be no project's id */
export function projectIn(request: ApiRequest): string {
  const at = { argument: 'project_id', path: ['project_id'], body: null };
  return str(36).parse(param(request, 'id'), at);
}

export function quotaToApi(limits: QuotaLimits, projectId: string | null) {
  return {
    loadbalancer: limits.loadBalancer,
    load_balancer: limits.loadBalancer,
    listener: limits.listener,
    member: limits.member,
    pool: limits.pool,
    healthmonitor: limits.healthMonitor,
    health_monitor: limits.healthMonitor,
    l7policy: limits.l7Policy,
    l7rule: limits.l7Rule,
    project_id: projectId,
    tenant_id: projectId,
  };
}
