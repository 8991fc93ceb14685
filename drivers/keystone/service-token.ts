import { DriverFailure } from '#core/domain/errors.ts';
import type { Exchange, KeystoneRequest } from './exchange.ts';
import type { KeystoneCredentials, KeystoneOptions } from './options.ts';
import { readTokenBody } from './token-body.ts';

/** Renewed while it still serves, so that nobody waits for it. */
const RENEWED_BEFORE_EXPIRY_MS = 120_000;
/** A wrong password is not tried with every request: Keystone may lock the user. */
const PAUSE_AFTER_REFUSAL_MS = 5000;

/** Our own token, asked for when it is first needed and again before it expires; by one at a time, whoever waits. */
export class ServiceToken {
  readonly #options: KeystoneOptions;
  readonly #exchange: Exchange;
  #current: { readonly token: string; readonly expiresAtMs: number } | undefined;
  #asking: Promise<string> | undefined;
  #refusal: { readonly failure: DriverFailure; readonly untilMs: number } | undefined;

  constructor(options: KeystoneOptions, exchange: Exchange) {
    this.#options = options;
    this.#exchange = exchange;
  }

  /** @throws DriverFailure when Keystone is away (retryable), or does not take our password (permanent) */
  async get(): Promise<string> {
    const nowMs = this.#options.clock.nowMs();
    if (this.#current && nowMs < this.#current.expiresAtMs - RENEWED_BEFORE_EXPIRY_MS)
      return this.#current.token;
    if (this.#refusal && nowMs < this.#refusal.untilMs) throw this.#refusal.failure;
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  /** Keystone does not take it any more. */
  forget(token: string): void {
    if (this.#current?.token === token) this.#current = undefined;
  }

  async #ask(): Promise<string> {
    // A life of its own: many may wait for it, each with a deadline of its own.
    const signal = AbortSignal.timeout(this.#options.timeoutSeconds * 1000);
    const answer = await this.#exchange.ask(loginOf(this.#options), signal);
    const issued = readTokenBody(answer.json);
    if (answer.status !== 201 || answer.token === null || issued === null)
      throw this.#refused(answer.status);
    this.#current = { token: answer.token, expiresAtMs: issued.expiresAtMs };
    return answer.token;
  }

  #refused(status: number): DriverFailure {
    const { username, userId, clock } = this.#options;
    const failure = new DriverFailure(
      `Keystone refuses our own user ${username ?? userId} with ${status}; look at [keystone_authtoken] username, password and project_name`,
      { retryable: false },
    );
    this.#refusal = { failure, untilMs: clock.nowMs() + PAUSE_AFTER_REFUSAL_MS };
    return failure;
  }
}

function loginOf(options: KeystoneCredentials): KeystoneRequest {
  const user = {
    ...named(options.userId, options.username, options.userDomainId, options.userDomainName),
    password: options.password,
  };
  const project = named(
    options.projectId,
    options.projectName,
    options.projectDomainId,
    options.projectDomainName,
  );
  const scope = options.systemScope === null ? { project } : { system: { all: true } };
  const identity = { methods: ['password'], password: { user } };
  return { method: 'POST', path: '/auth/tokens', body: { auth: { identity, scope } } };
}

/** An id is enough; a name is one only within a domain. */
function named(
  id: string | null,
  name: string | null,
  domainId: string | null,
  domainName: string | null,
): object {
  if (id !== null) return { id };
  return { name, domain: domainId === null ? { name: domainName } : { id: domainId } };
}
