import { nearestName } from '#core/config/nearest-name.ts';
import type { Identity } from '../auth/strategy.ts';
import { RuleSyntaxError } from './rule-syntax.ts';

/** What a rule is asked about: whose object it is. */
export interface PolicyTarget {
  readonly projectId: string | null;
}

export type Check = (identity: Identity, target: PolicyTarget) => boolean;

type Value = (identity: Identity, target: PolicyTarget) => string | null;

/** What rules may look at of who asks, by the name that oslo.context gave it. */
const CREDENTIALS: Readonly<Record<string, (identity: Identity) => string | null>> = {
  user_id: (identity) => identity.userId,
  user_domain_id: (identity) => identity.userDomainId,
  project_id: (identity) => identity.projectId,
  tenant_id: (identity) => identity.projectId,
  project_domain_id: (identity) => identity.projectDomainId,
  domain_id: (identity) => identity.domainId,
  system_scope: (identity) => identity.systemScope,
};

const TARGETS: Readonly<Record<string, (target: PolicyTarget) => string | null>> = {
  project_id: (target) => target.projectId,
  tenant_id: (target) => target.projectId,
};

/** Role names are one whatever their case, as in Keystone. */
export function roleCheck(match: string): Check {
  const wanted = valueOf(match);
  return (identity, target) => {
    const role = wanted(identity, target)?.toLowerCase();
    return identity.roles.some((own) => own === role || own.toLowerCase() === role);
  };
}

/**
 * `project_id:%(project_id)s`: something of who asks, or a literal, must be the same as something else. What is absent
 * is the same as nothing, not even as something else that is absent.
 * @throws RuleSyntaxError for what does not exist, since such a check would never hold
 */
export function equalityCheck(subject: string, match: string): Check {
  const left = subjectOf(subject);
  const right = valueOf(match);
  return (identity, target) => {
    const value = left(identity, target);
    return value !== null && value === right(identity, target);
  };
}

function subjectOf(subject: string): Value {
  const literal = /^(['"])(.*)\1$/.exec(subject)?.[2];
  if (literal !== undefined) return () => literal;
  if (/^(True|False|\d+)$/.test(subject)) return () => subject;
  const credential = Object.hasOwn(CREDENTIALS, subject) ? CREDENTIALS[subject] : undefined;
  if (credential) return credential;
  if (/^https?$/.test(subject))
    throw new RuleSyntaxError(`${subject}: asks another server, which is not supported`);
  throw new RuleSyntaxError(
    `"${subject}" is nothing that a check can look at${hint(subject, ['role', 'rule', 'is_admin', ...Object.keys(CREDENTIALS)])}`,
  );
}

/** A text, in which `%(name)s` stands for something of the object. */
function valueOf(match: string): Value {
  const [, name] = /^%\((.*)\)s$/.exec(match) ?? [];
  if (name === undefined) {
    if (match.includes('%(') || match.includes('%)'))
      throw new RuleSyntaxError(`"${match}" must be a text, or %(NAME)s and nothing else`);
    return () => match;
  }
  const attribute = Object.hasOwn(TARGETS, name) ? TARGETS[name] : undefined;
  if (attribute === undefined)
    throw new RuleSyntaxError(
      `%(${name})s is not known of any object${hint(name, Object.keys(TARGETS))}`,
    );
  return (_, target) => attribute(target);
}

function hint(name: string, names: readonly string[]): string {
  const nearest = nearestName(name, names);
  return nearest ? `; did you mean ${nearest}?` : `; known are ${names.join(', ')}`;
}
