import { type L7Policy, L7PolicyAction } from '../domain/l7-policy.ts';
import { type L7Rule, L7RuleCompareType, L7RuleType } from '../domain/l7-rule.ts';
import type { L7PolicyTree, ListenerTree, LoadBalancerTree } from '../domain/load-balancer-tree.ts';
import { backendName } from './backend-name.ts';
import { argument, id, matching, refuse, unspaced, word } from './escape.ts';
import { servedPolicies, servedPool } from './served-tree.ts';
import { ofPolicy } from './unwritable.ts';

/** HAProxy reads at most 64 words a line. */
const RULES_MAX = 50;

const OPERATORS = {
  [L7RuleCompareType.Regex]: '-m reg',
  [L7RuleCompareType.StartsWith]: '-m beg',
  [L7RuleCompareType.EndsWith]: '-m end',
  [L7RuleCompareType.Contains]: '-m sub',
  [L7RuleCompareType.EqualTo]: '-m str',
} as const;

/**
 * Conditions and actions, policy by policy. HAProxy itself runs all rejections, then all redirects, then the choice
 * of a pool, whatever order they stand in.
 */
export function l7Lines(listener: ListenerTree, tree: LoadBalancerTree): readonly string[] {
  return servedPolicies(listener).flatMap((policy) =>
    ofPolicy(policy.id, () => [
      ...policy.rules.map((rule) => `    ${aclLine(rule)}`),
      ...actionLines(policy, listener, tree),
    ]),
  );
}

function aclLine(rule: L7Rule): string {
  const what = `L7 rule ${rule.id}`;
  return ['acl', id(rule.id, what), ...matchWords(rule, what)].join(' ');
}

function matchWords(rule: L7Rule, what: string): readonly string[] {
  const operator = OPERATORS[rule.compareType];
  switch (rule.type) {
    case L7RuleType.HostName:
      return ['req.hdr(host)', '-i', operator, pattern(rule, what)];
    case L7RuleType.Path:
      return ['path', operator, pattern(rule, what)];
    case L7RuleType.FileType:
      return ['path_end', ...fileTypeOperator(rule, what), pattern(rule, what)];
    case L7RuleType.Header:
      return [`req.hdr(${keyOf(rule, what)})`, operator, pattern(rule, what)];
    case L7RuleType.Cookie:
      return [`req.cook(${keyOf(rule, what)})`, operator, pattern(rule, what)];
    case L7RuleType.SslConnHasCert:
      return ['ssl_c_used'];
    case L7RuleType.SslVerifyResult:
      return ['ssl_c_verify', 'eq', matching(rule.value, /^\d{1,9}$/, what, 'needs a number')];
    case L7RuleType.SslDnField:
      return [`ssl_c_s_dn(${dnField(rule, what)})`, operator, pattern(rule, what)];
  }
}

/** `--` ends the flags: a value such as `-i` or `-f…` would otherwise be one. */
function pattern(rule: L7Rule, what: string): string {
  const value = word(rule.value, `${what}: value`);
  return value.startsWith('-') ? `-- ${value}` : value;
}

/** `path_end` compares the end by itself; with `-m str` it would compare the whole path and never match. */
function fileTypeOperator(rule: L7Rule, what: string): readonly string[] {
  switch (rule.compareType) {
    case L7RuleCompareType.Regex:
      return [OPERATORS.REGEX];
    case L7RuleCompareType.EqualTo:
      return [];
    case L7RuleCompareType.StartsWith:
    case L7RuleCompareType.EndsWith:
    case L7RuleCompareType.Contains:
      return refuse(what, `compares FILE_TYPE by ${rule.compareType}; only REGEX and EQUAL_TO can`);
  }
}

function keyOf(rule: L7Rule, what: string): string {
  return argument(rule.key ?? '', `${what}: key`);
}

function dnField(rule: L7Rule, what: string): string {
  const wrong = 'must be a letter and then letters, digits and dashes';
  return matching(rule.key ?? '', /^[A-Za-z][A-Za-z0-9-]*$/, `${what}: key`, wrong);
}

function actionLines(
  policy: L7PolicyTree,
  listener: ListenerTree,
  tree: LoadBalancerTree,
): readonly string[] {
  const what = `L7 policy ${policy.id}`;
  const condition = `if ${conditionOf(policy, what)}`;
  switch (policy.action) {
    case L7PolicyAction.Reject:
      return [`http-request deny ${condition}`];
    case L7PolicyAction.RedirectToUrl:
      return [
        `${redirect(policy, what)} location ${target(policy.redirectUrl, what)} ${condition}`,
      ];
    case L7PolicyAction.RedirectPrefix:
      return [
        `${redirect(policy, what)} prefix ${target(policy.redirectPrefix, what)} ${condition}`,
      ];
    case L7PolicyAction.RedirectToPool: {
      const pool = servedPool(tree, policy.redirectPoolId);
      return pool === null ? [] : [`use_backend ${backendName(pool, listener)} ${condition}`];
    }
  }
}

function conditionOf(policy: L7PolicyTree, what: string): string {
  if (policy.rules.length > RULES_MAX)
    refuse(what, `has ${policy.rules.length} rules; HAProxy takes at most ${RULES_MAX}`);
  return policy.rules.map((rule) => `${rule.isInverted ? '!' : ''}${rule.id}`).join(' ');
}

function redirect(policy: L7Policy, what: string): string {
  const code = policy.redirectHttpCode;
  if (code === null) return 'redirect';
  const wrong = 'has a redirect code that HAProxy does not know; 301, 302, 303, 307 and 308 are';
  return `redirect code ${matching(String(code), /^30[12378]$/, what, wrong)}`;
}

/** Written as it is: these redirects expand nothing, so `%` stays `%`. */
function target(text: string | null, what: string): string {
  return unspaced(text ?? '', `${what}: redirect target`);
}
