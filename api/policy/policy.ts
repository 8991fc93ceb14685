import { ConfigError } from '#core/config/load.ts';
import { nearestName } from '#core/config/nearest-name.ts';
import type { Identity } from '../auth/strategy.ts';
import type { Policy } from './authorize.ts';
import type { Check } from './checks.ts';
import { compileRules, type WrittenRule } from './compile.ts';
import { DEFAULT_RULES, type DefaultRule } from './default-rules.ts';
import { type PolicyEntry, type PolicyText, readPolicyText } from './policy-file.ts';
import { parseRule, type Rule, RuleSyntaxError } from './rule-syntax.ts';

export interface PolicyOptions {
  /** Only Keystone's default roles count; otherwise the load-balancer_* roles as well. */
  readonly enforceNewDefaults: boolean;
  /** Tokens that are not scoped to a project are refused. */
  readonly enforceScope: boolean;
}

/**
 * The rules in force: the default ones, less those that the operator's files replace.
 * @param files in the order of reading, each overriding those before it
 * @throws ConfigError with a line for every rule that is not usable, naming file and line
 */
export function openPolicy(options: PolicyOptions, files: readonly PolicyText[] = []): Policy {
  const problems: string[] = [];
  const rules = new Map(defaultRules(options.enforceNewDefaults));
  const entries = files.flatMap((file) => readPolicyText(file, problems));
  for (const entry of entries) rules.set(entry.name, writtenRule(entry, problems));
  const checks = compileRules(rules, problems);
  refuseUnused(entries, rules, problems);
  if (problems.length > 0) throw new ConfigError(problems);
  return policyOf(checks, options.enforceScope);
}

function policyOf(checks: ReadonlyMap<string, Check>, enforceScope: boolean): Policy {
  return {
    permits(identity, name, target) {
      if (enforceScope && !isProjectScoped(identity)) return false;
      return checks.get(name)?.(identity, target) ?? false;
    },
  };
}

function isProjectScoped({ systemScope, domainId }: Identity): boolean {
  return systemScope === null && domainId === null;
}

function* defaultRules(enforceNewDefaults: boolean): Iterable<[string, WrittenRule]> {
  for (const [name, own] of Object.entries(DEFAULT_RULES))
    yield [name, { rule: parseDefault(own, enforceNewDefaults), where: 'default rules' }];
}

function parseDefault({ check, formerly }: DefaultRule, enforceNewDefaults: boolean): Rule {
  const rule = parseRule(check);
  return formerly === null || enforceNewDefaults
    ? rule
    : { kind: 'or', rules: [rule, parseRule(formerly)] };
}

function writtenRule({ name, text, where }: PolicyEntry, problems: string[]): WrittenRule {
  try {
    return { rule: parseRule(text), where };
  } catch (error) {
    if (!(error instanceof RuleSyntaxError)) throw error;
    problems.push(`${where}: "${name}": ${error.message}`);
    return { rule: { kind: 'never' }, where };
  }
}

/** Operators may name rules of their own, but one that nothing refers to decides nothing: a slip, most likely. */
function refuseUnused(
  entries: readonly PolicyEntry[],
  rules: ReadonlyMap<string, WrittenRule>,
  problems: string[],
): void {
  const used = new Set([...rules.values()].flatMap(({ rule }) => [...namesIn(rule)]));
  for (const { name, where } of entries) {
    if (Object.hasOwn(DEFAULT_RULES, name) || used.has(name)) continue;
    const nearest = nearestName(name, Object.keys(DEFAULT_RULES));
    const hint = nearest ? `; did you mean "${nearest}"?` : '';
    problems.push(`${where}: "${name}" is unknown, and no rule refers to it${hint}`);
  }
}

function* namesIn(rule: Rule): Iterable<string> {
  switch (rule.kind) {
    case 'always':
    case 'never':
      return;
    case 'check':
      if (rule.subject === 'rule') yield rule.match;
      return;
    case 'not':
      return yield* namesIn(rule.rule);
    case 'and':
    case 'or':
      for (const inner of rule.rules) yield* namesIn(inner);
  }
}
