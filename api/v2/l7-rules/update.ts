import { l7Rules } from '#core/db/repositories/l7-rule.ts';
import { type L7Rule, L7RuleType } from '#core/domain/l7-rule.ts';
import { ProvisioningStatus } from '#core/domain/status.ts';
import { findOrRefuse } from '../../gate.ts';
import { type Answer, type ApiRequest, ok, permit } from '../../http/request.ts';
import { callProvider } from '../../providers.ts';
import { onlySent, orWhenNull, write } from '../../writing.ts';
import { findListener, providerOf } from '../l7-policies/parent.ts';
import { expectRuleOf, findParentPolicy, findRule, lockPolicyForChange } from './parent.ts';
import { type L7RuleUpdate, updateBody } from './schema.ts';
import { l7RuleToApi } from './to-api.ts';
import { validateRule } from './validate.ts';

export async function updateL7Rule(request: ApiRequest): Promise<Answer> {
  const parent = await findParentPolicy(request);
  const sent = updateBody.parse(request.body);
  const old = await findRule(request);
  permit(request, 'l7rule:put', old.projectId);
  expectRuleOf(parent, old, request);
  changesOf(old, sent);
  const listener = await findListener(request, parent.listenerId);
  const provider = await providerOf(request, listener);

  const rule = await write(request, async (tx, call) => {
    const locked = await lockPolicyForChange(tx, parent, listener);
    const current = await findOrRefuse(l7Rules, tx, 'L7 Rule', old.id);
    // Again: together with what another request may have stored meanwhile.
    const changes = changesOf(current, sent);
    await l7Rules.update(tx, old.id, {
      ...changes,
      provisioningStatus: ProvisioningStatus.PendingUpdate,
    });
    const { policy } = locked;
    await callProvider(provider, 'l7RuleUpdate', call, current, changes, policy, locked.listener);
    return findOrRefuse(l7Rules, tx, 'L7 Rule', old.id);
  });
  return ok({ rule: l7RuleToApi(rule) });
}

const KEYLESS: readonly L7Rule['type'][] = [
  L7RuleType.HostName,
  L7RuleType.Path,
  L7RuleType.FileType,
];

/** @throws OctaviaError when the rule as it would be cannot be applied */
function changesOf(old: L7Rule, sent: L7RuleUpdate): Partial<L7Rule> {
  const wanted = {
    type: wantedOf<L7Rule['type'] | null>(sent.type, old.type),
    compareType: wantedOf<L7Rule['compareType'] | null>(sent.compare_type, old.compareType),
    key: wantedOf(sent.key, old.key),
    value: wantedOf<string | null>(sent.value, old.value),
  };
  validateRule(wanted);
  const isKeyless = wanted.type !== null && KEYLESS.includes(wanted.type);
  return onlySent<Partial<L7Rule>>({
    type: sent.type ?? undefined,
    compareType: sent.compare_type ?? undefined,
    key: isKeyless ? null : sent.key,
    value: sent.value ?? undefined,
    isInverted: orWhenNull(sent.invert, false),
    isEnabled: orWhenNull(sent.admin_state_up, false),
    tags: orWhenNull(sent.tags, []),
  });
}

/** Null is a wish of its own: for no value. */
function wantedOf<Value>(sent: Value | undefined, stored: Value): Value {
  return sent === undefined ? stored : sent;
}
