import type { L7Policy } from '#core/domain/l7-policy.ts';
import type { L7Rule } from '#core/domain/l7-rule.ts';
import type { L7PolicyTree } from '#core/domain/load-balancer-tree.ts';
import { L7_CASES } from './l7-cases.ts';
import { policyOf } from './tree.ts';

export const REDIRECT_CODES = [301, 302, 303, 307, 308];

/** What matches is sent to an address with the number of the case in it. */
export function rulePolicies(): readonly L7PolicyTree[] {
  return inOrder(L7_CASES.map(({ rule }, index) => policyOf(sentTo(`${index}`), [rule])));
}

/** Each action, told apart by path. */
export function actionPolicies(redirectPoolId: string): readonly L7PolicyTree[] {
  const redirects = REDIRECT_CODES.map((code) =>
    policyOf(
      {
        action: 'REDIRECT_TO_URL',
        redirectUrl: `https://other.test/?a=1&b=%20'#to-${code}`,
        redirectHttpCode: code,
      },
      [below(`/moved/${code}`)],
    ),
  );
  const prefixed = {
    action: 'REDIRECT_PREFIX',
    redirectPrefix: 'https://other.test/old',
    redirectHttpCode: 302,
  } as const;
  const noBrowser = {
    type: 'HEADER',
    compareType: 'CONTAINS',
    key: 'User-Agent',
    value: 'Bot',
    isInverted: true,
  } as const;
  return inOrder([
    ...redirects,
    policyOf(prefixed, [below('/shop')]),
    policyOf({ action: 'REJECT' }, [below('/secret'), noBrowser]),
    policyOf({ action: 'REDIRECT_TO_POOL', redirectPoolId }, [below('/app')]),
    policyOf({ action: 'REJECT', isEnabled: false }, [below('/open')]),
  ]);
}

/** For where TLS ends: what the client's certificate says. */
export function tlsPolicies(): readonly L7PolicyTree[] {
  const hasCertificate = { type: 'SSL_CONN_HAS_CERT', value: 'true' } as const;
  const isAnn = {
    type: 'SSL_DN_FIELD',
    compareType: 'STARTS_WITH',
    key: 'CN',
    value: 'Ann ',
  } as const;
  return inOrder([
    policyOf(sentTo('has-cert'), [below('/has'), hasCertificate]),
    policyOf(sentTo('no-cert'), [below('/has'), { ...hasCertificate, isInverted: true }]),
    policyOf(sentTo('verified'), [below('/verified'), { type: 'SSL_VERIFY_RESULT', value: '0' }]),
    policyOf(sentTo('by-name'), [below('/name'), isAnn]),
  ]);
}

function sentTo(place: string): Partial<L7Policy> {
  return { action: 'REDIRECT_TO_URL', redirectUrl: `http://matched.test/${place}` };
}

function below(path: string): Partial<L7Rule> {
  return { type: 'PATH', compareType: 'STARTS_WITH', value: path };
}

function inOrder(policies: readonly L7PolicyTree[]): readonly L7PolicyTree[] {
  return policies.map((policy, index) => ({ ...policy, position: index + 1 }));
}
