import type { Clock } from '#core/ports/clock.ts';

/** Who we are to Keystone, by name and domain or by id. */
export interface KeystoneCredentials {
  readonly username: string | null;
  readonly userId: string | null;
  readonly userDomainName: string | null;
  readonly userDomainId: string | null;
  readonly password: string;
  readonly projectName: string | null;
  readonly projectId: string | null;
  readonly projectDomainName: string | null;
  readonly projectDomainId: string | null;
  /** `all` instead of a project. */
  readonly systemScope: string | null;
}

export interface KeystoneOptions extends KeystoneCredentials {
  /** With or without `/v3`. */
  readonly authUrl: string;
  /** PEM files. */
  readonly cafile: string | null;
  readonly certfile: string | null;
  readonly keyfile: string | null;
  /** Takes any certificate of Keystone's. */
  readonly isInsecure: boolean;
  readonly connectTimeoutSeconds: number;
  /** For one question, waiting and repetitions and all. */
  readonly timeoutSeconds: number;
  /** How often a request without an answer is repeated. */
  readonly retriesMax: number;
  /** Requests at the same time; more wait. */
  readonly exchangesMax: number;
  readonly clock: Clock;
}
