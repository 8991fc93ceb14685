import { listedL7Rules } from '#core/db/listed/l7-rule.ts';
import { type Answer, type ApiRequest, permit } from '../../http/request.ts';
import { answerList, answerOne } from '../../lists/answer-list.ts';
import { single } from '../../lists/read-query.ts';
import { expectRuleOf, findParentPolicy, findRule } from './parent.ts';
import { l7RuleToApi } from './to-api.ts';

export async function listL7Rules(request: ApiRequest): Promise<Answer> {
  const policy = await findParentPolicy(request);
  permit(request, 'l7rule:get_all', policy.projectId);
  const shape = { source: listedL7Rules, plural: 'rules', toApi: l7RuleToApi };
  return answerList(request, shape, {
    projectId: single(request.query, 'project_id') ?? null,
    parent: { column: 't.l7_policy_id', id: policy.id },
  });
}

export async function showL7Rule(request: ApiRequest): Promise<Answer> {
  const policy = await findParentPolicy(request);
  const rule = await findRule(request);
  permit(request, 'l7rule:get_one', rule.projectId);
  expectRuleOf(policy, rule, request);
  return answerOne(request, 'rule', l7RuleToApi(rule));
}
