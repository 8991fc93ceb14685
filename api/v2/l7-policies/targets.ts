import { ErrorCode, OctaviaError } from '#core/domain/errors.ts';
import { type L7Policy, L7PolicyAction } from '#core/domain/l7-policy.ts';

/** Where a policy sends requests. In a request any may be absent or null. */
export type Targets = Pick<
  L7Policy,
  'redirectPoolId' | 'redirectUrl' | 'redirectPrefix' | 'redirectHttpCode'
> & { readonly action: L7PolicyAction };
type SentTargets = { readonly [Key in keyof Targets]?: Targets[Key] | null | undefined };

const NOWHERE = { redirectPoolId: null, redirectUrl: null, redirectPrefix: null } as const;
const CODE_DEFAULT = 302;

/**
 * Makes what was asked for consistent, as Octavia does: the action rules out some targets, and a target that is left
 * decides the action and rules out the others.
 * @throws OctaviaError when the action lacks its target, or pool and address are both given
 */
export function settleTargets(sent: SentTargets): Partial<Targets> {
  const { action, ...targets } = withoutRuledOut(sent);
  const { redirectPoolId, redirectUrl, redirectPrefix, redirectHttpCode } = targets;
  if (redirectPoolId && (redirectUrl || redirectPrefix))
    throw badArguments(
      'Cannot specify redirect_pool_id and redirect_url or redirect_prefix at the same time',
    );
  if (redirectPoolId)
    return {
      ...NOWHERE,
      action: L7PolicyAction.RedirectToPool,
      redirectPoolId,
      redirectHttpCode: null,
    };
  const code = { redirectHttpCode: redirectHttpCode || CODE_DEFAULT };
  if (redirectUrl)
    return { ...NOWHERE, action: L7PolicyAction.RedirectToUrl, redirectUrl, ...code };
  if (redirectPrefix)
    return { ...NOWHERE, action: L7PolicyAction.RedirectPrefix, redirectPrefix, ...code };
  return onlyGiven({ action: action ?? undefined, ...targets });
}

function withoutRuledOut(sent: SentTargets): SentTargets {
  switch (sent.action) {
    case undefined:
      return sent;
    case null:
      throw new OctaviaError(ErrorCode.InvalidInput, 'Invalid L7 Policy action specified: None');
    case L7PolicyAction.Reject:
      return { ...sent, redirectUrl: null, redirectPoolId: null };
    case L7PolicyAction.RedirectToUrl:
      if (!sent.redirectUrl) throw badArguments('redirect_url must not be None');
      return { ...sent, redirectPoolId: null };
    case L7PolicyAction.RedirectToPool:
      if (!sent.redirectPoolId) throw withoutPool();
      return { ...sent, redirectUrl: null };
    case L7PolicyAction.RedirectPrefix:
      if (!sent.redirectPrefix) throw badArguments('redirect_prefix must not be None');
      return sent;
  }
}

/**
 * What an update changes. It must not take away the only target that the policy has.
 * @throws OctaviaError
 */
export function changeTargets(current: Targets, sent: SentTargets): Partial<Targets> {
  const changes = settleTargets(sent);
  if (changes.action === L7PolicyAction.Reject)
    return { ...NOWHERE, action: changes.action, redirectHttpCode: null };
  const { action } = { ...current, ...changes };
  if (action === L7PolicyAction.RedirectToPool && changes.redirectPoolId === null)
    throw withoutPool();
  if (action === L7PolicyAction.RedirectToUrl && changes.redirectUrl === null)
    throw badArguments('redirect_url must not be None');
  if (action === L7PolicyAction.RedirectPrefix && changes.redirectPrefix === null)
    throw badArguments('redirect_prefix must not be None');
  return changes;
}

function onlyGiven(targets: SentTargets): Partial<Targets> {
  const given = Object.entries(targets).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as Partial<Targets>;
}

function withoutPool(): OctaviaError {
  return badArguments('redirect_pool_id or redirect_pool must not be None');
}

export function badArguments(message: string): OctaviaError {
  return new OctaviaError(ErrorCode.InvalidInput, `Invalid L7 Policy arguments: ${message}`);
}
