/** What the identity service says of a token that is good. */
export interface ValidatedToken {
  readonly userId: string;
  readonly userDomainId: string | null;
  /** Null: scoped to something else, or to nothing. */
  readonly projectId: string | null;
  readonly projectDomainId: string | null;
  /** The domain that the token is scoped to, if it is. */
  readonly domainId: string | null;
  /** `all` for a token scoped to the whole system. */
  readonly systemScope: string | null;
  readonly roles: readonly string[];
  /** Milliseconds since the epoch. */
  readonly expiresAtMs: number;
}

/** Who knows users and their tokens: Keystone. */
export interface IdentityService {
  /**
   * @param token as the client sent it: printable ASCII, no white space
   * @returns null for one that is unknown, expired or revoked
   * @throws DriverFailure when nobody can say: the service is away (retryable), or refuses us
   */
  validate(token: string): Promise<ValidatedToken | null>;
  /** Ends what is under way. */
  close(): Promise<void>;
}
