import { type Check, equalityCheck, roleCheck } from './checks.ts';
import { type Rule, RuleSyntaxError } from './rule-syntax.ts';

/** Rules by name, and where each came from, for those who must mend it. */
export interface WrittenRule {
  readonly rule: Rule;
  readonly where: string;
}

/** The rule that says who is an administrator, so that `is_admin:True` holds for them as it does without authentication. */
const ADMIN_RULE = 'context_is_admin';
const REFERENCES_MAX = 100;

/**
 * Makes functions of rules, so that a decision costs no look-up of names.
 * @param problems gets a line for each rule that refers to nothing, to itself, or looks at what does not exist
 */
export function compileRules(
  rules: ReadonlyMap<string, WrittenRule>,
  problems: string[],
): ReadonlyMap<string, Check> {
  const compiled = new Map<string, Check>();
  const underWay: string[] = [];

  const named = (name: string): Check => {
    const done = compiled.get(name);
    if (done) return done;
    const written = rules.get(name);
    if (written === undefined) throw new RuleSyntaxError(`rule:${name} refers to no rule`);
    if (underWay.includes(name))
      throw new RuleSyntaxError(`it refers to itself: ${[...underWay, name].join(' -> ')}`);
    if (underWay.length === REFERENCES_MAX)
      throw new RuleSyntaxError(`it is reached through more than ${REFERENCES_MAX} other rules`);
    underWay.push(name);
    const check = checked(name, written, () => compileRule(written.rule, named), problems);
    underWay.pop();
    compiled.set(name, check);
    return check;
  };

  for (const name of rules.keys()) named(name);
  return compiled;
}

const nobody: Check = () => false;

/** A fault is told once, at the rule that has it, and not again at those that refer to it. */
function checked(
  name: string,
  written: WrittenRule,
  compile: () => Check,
  problems: string[],
): Check {
  try {
    return compile();
  } catch (error) {
    if (!(error instanceof RuleSyntaxError)) throw error;
    problems.push(`${written.where}: "${name}": ${error.message}`);
    return nobody;
  }
}

function compileRule(rule: Rule, named: (name: string) => Check): Check {
  switch (rule.kind) {
    case 'always':
      return () => true;
    case 'never':
      return nobody;
    case 'not': {
      const inner = compileRule(rule.rule, named);
      return (identity, target) => !inner(identity, target);
    }
    case 'and': {
      const inner = rule.rules.map((one) => compileRule(one, named));
      return (identity, target) => inner.every((check) => check(identity, target));
    }
    case 'or': {
      const inner = rule.rules.map((one) => compileRule(one, named));
      return (identity, target) => inner.some((check) => check(identity, target));
    }
    case 'check':
      return compileCheck(rule.subject, rule.match, named);
  }
}

function compileCheck(subject: string, match: string, named: (name: string) => Check): Check {
  if (subject === 'rule') return named(match);
  if (subject === 'role') return roleCheck(match);
  if (subject === 'is_admin') return adminCheck(match.toLowerCase() === 'true', named(ADMIN_RULE));
  return equalityCheck(subject, match);
}

function adminCheck(expected: boolean, isAdministrator: Check): Check {
  return (identity, target) => (identity.isAdmin || isAdministrator(identity, target)) === expected;
}
