import type { IncomingHttpHeaders } from 'node:http';

/** Who asks. */
export interface Identity {
  readonly userId: string | null;
  readonly userDomainId: string | null;
  readonly projectId: string | null;
  readonly projectDomainId: string | null;
  /** The domain that the token is scoped to, instead of a project. */
  readonly domainId: string | null;
  /** `all` for a token scoped to the whole system, instead of a project. */
  readonly systemScope: string | null;
  readonly roles: readonly string[];
  /** No-auth mode, where there is nobody else: what rules call `is_admin:True`. */
  readonly isAdmin: boolean;
}

export const NOBODY: Identity = Object.freeze({
  userId: null,
  userDomainId: null,
  projectId: null,
  projectDomainId: null,
  domainId: null,
  systemScope: null,
  roles: [],
  isAdmin: false,
});

/** How the service learns who asks: from headers alone, or from Keystone. */
export interface AuthStrategy {
  /** Whether quotas count: not where everyone is an administrator. */
  readonly isQuotaEnforced: boolean;
  /** Said to those who are refused, so that they know where tokens are given: the header `WWW-Authenticate`. */
  readonly challenge: string;
  /**
   * @throws OctaviaError `unauthorized` when the token is not good, `service-unavailable` when nobody can say
   */
  authenticate(headers: IncomingHttpHeaders): Promise<Identity> | Identity;
}
