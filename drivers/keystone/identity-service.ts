import { DriverFailure } from '#core/domain/errors.ts';
import type { IdentityService, ValidatedToken } from '#core/ports/identity.ts';
import { type KeystoneAnswer, openExchange } from './exchange.ts';
import type { KeystoneOptions } from './options.ts';
import { ServiceToken } from './service-token.ts';
import { readTokenBody } from './token-body.ts';

/**
 * Keystone, asked with a service user's token about the tokens of others.
 * @throws DriverFailure when a PEM file cannot be read
 */
export function keystoneIdentity(options: KeystoneOptions): IdentityService {
  const exchange = openExchange(options);
  const own = new ServiceToken(options, exchange);

  const ask = async (token: string, signal: AbortSignal): Promise<KeystoneAnswer> => {
    const ours = await within(signal, own.get());
    const headers = { 'x-auth-token': ours, 'x-subject-token': token };
    const path = '/auth/tokens?nocatalog=1';
    const answer = await exchange.ask({ method: 'GET', path, headers }, signal);
    if (answer.status === 401) own.forget(ours);
    return answer;
  };

  return {
    async validate(token) {
      const signal = AbortSignal.timeout(options.timeoutSeconds * 1000);
      const first = await ask(token, signal);
      // Our own token may have been revoked before its time: a new one, once.
      const answer = first.status === 401 ? await ask(token, signal) : first;
      return meaningOf(answer);
    },
    close: () => exchange.close(),
  };
}

function meaningOf({ status, json }: KeystoneAnswer): ValidatedToken | null {
  if (status === 404) return null;
  const token = status === 200 ? readTokenBody(json) : null;
  if (token !== null) return token;
  const why =
    status === 200
      ? 'what it says of a token cannot be read'
      : `it answers ${status} to our own user, who must be allowed to validate tokens`;
  throw new DriverFailure(`Keystone: ${why}`, { retryable: false });
}

/** Ends our waiting, not what is waited for. */
async function within<Result>(signal: AbortSignal, work: Promise<Result>): Promise<Result> {
  const late = new Promise<never>((_, reject) => {
    signal.addEventListener(
      'abort',
      () =>
        reject(
          new DriverFailure('Keystone gave us no token of our own in time', {
            retryable: true,
            cause: signal.reason,
          }),
        ),
      { once: true },
    );
  });
  return Promise.race([work, late]);
}
