import type { ValidatedToken } from '#core/ports/identity.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What Keystone says of a token. @returns null when it is not of the form that Keystone writes */
export function readTokenBody(json: unknown): ValidatedToken | null {
  const token = fields(fields(json)?.['token']);
  const user = fields(token?.['user']);
  const userId = text(user?.['id']);
  const expiresAtMs = Date.parse(text(token?.['expires_at']) ?? '');
  if (token === null || user === null || userId === null || Number.isNaN(expiresAtMs)) return null;
  const project = fields(token['project']);
  return {
    userId,
    userDomainId: text(fields(user['domain'])?.['id']),
    projectId: text(project?.['id']),
    projectDomainId: text(fields(project?.['domain'])?.['id']),
    domainId: text(fields(token['domain'])?.['id']),
    systemScope: fields(token['system'])?.['all'] === true ? 'all' : null,
    roles: namesOf(token['roles']),
    expiresAtMs,
  };
}

function namesOf(roles: unknown): readonly string[] {
  if (!Array.isArray(roles)) return [];
  return roles.map((role) => text(fields(role)?.['name'])).filter((name) => name !== null);
}

function fields(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null ? (value as Fields) : null;
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
