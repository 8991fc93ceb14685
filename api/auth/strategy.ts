import type { IncomingHttpHeaders } from 'node:http';

/** Who asks. */
export interface Identity {
  readonly userId: string | null;
  readonly projectId: string | null;
  readonly roles: readonly string[];
  /** Above every rule: no-auth mode, where there is nobody else. */
  readonly isAdmin: boolean;
}

/** How the service learns who asks: from headers alone, or from Keystone. */
export interface AuthStrategy {
  /** Whether quotas count: not where everyone is an administrator. */
  readonly isQuotaEnforced: boolean;
  /**
   * @throws OctaviaError `unauthorized` when the token is not good, `service-unavailable` when nobody can say
   */
  authenticate(headers: IncomingHttpHeaders): Promise<Identity> | Identity;
}
