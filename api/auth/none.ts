import type { IncomingHttpHeaders } from 'node:http';
import type { AuthStrategy, Identity } from './strategy.ts';

/**
 * No authentication: the identity is what the headers claim, and everyone is an administrator.
 * @param fallbackProjectId of callers that name no project, as `openstack --os-auth-type none` does; null: they have none
 */
export function noAuth(fallbackProjectId: string | null): AuthStrategy {
  return {
    isQuotaEnforced: false,
    challenge: 'Keystone',
    authenticate(headers) {
      const claimed = identityFromHeaders(headers);
      return { ...claimed, projectId: claimed.projectId ?? fallbackProjectId, isAdmin: true };
    },
  };
}

/** Reads the headers that Keystone's middleware would have set. */
function identityFromHeaders(headers: IncomingHttpHeaders): Identity {
  const projectId = first(headers, 'x-project-id', 'x-tenant-id', 'x-tenant');
  return {
    userId: first(headers, 'x-user-id'),
    userDomainId: first(headers, 'x-user-domain-id'),
    projectId: projectId === null ? null : projectId.slice(0, PROJECT_ID_LENGTH_MAX),
    projectDomainId: first(headers, 'x-project-domain-id'),
    domainId: null,
    systemScope: first(headers, 'openstack-system-scope'),
    roles: (first(headers, 'x-roles') ?? '')
      .split(',')
      .map((role) => role.trim())
      .filter((role) => role !== ''),
    isAdmin: false,
  };
}

const PROJECT_ID_LENGTH_MAX = 36;

function first(headers: IncomingHttpHeaders, ...names: readonly string[]): string | null {
  for (const name of names) {
    const value = headers[name];
    if (typeof value === 'string' && value !== '') return value;
  }
  return null;
}
