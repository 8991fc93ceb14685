import { ErrorCode, OctaviaError } from '#core/domain/errors.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { IdentityService, ValidatedToken } from '#core/ports/identity.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { AuthStrategy, Identity } from './strategy.ts';
import { TokenCache } from './token-cache.ts';

export interface KeystoneAuthOptions {
  readonly identity: IdentityService;
  /** Where clients get tokens. */
  readonly authUri: string;
  /** Seconds for which a token once found good is not asked about again; 0 or less: ask every time. */
  readonly tokenCacheSeconds: number;
  readonly tokenCacheEntriesMax: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Told of every token that was looked at. */
  readonly count: (outcome: TokenOutcome) => void;
}

export type TokenOutcome = 'cached' | 'validated' | 'refused' | 'unavailable';

// More tokens than these under way mean that Keystone does not keep up: the client hears so at once.
const VALIDATIONS_MAX = 1000;
// Of bad tokens few are remembered, and not for long: enough for a client that asks in a loop.
const REFUSED_ENTRIES_MAX = 1000;
const REFUSED_MS_MAX = 10_000;
const TOKEN = /^[!-~]{1,8192}$/;

/** Tokens, as Keystone judges them. Whoever Keystone cannot be asked about is not let in. */
export function keystoneAuth(options: KeystoneAuthOptions): AuthStrategy {
  const { clock, count } = options;
  const cacheMs = Math.max(0, options.tokenCacheSeconds) * 1000;
  const good = new TokenCache<Identity>(options.tokenCacheEntriesMax);
  const bad = new TokenCache<true>(REFUSED_ENTRIES_MAX);
  const underWay = new Map<string, Promise<Identity>>();
  const outages = outageLog(options.logger);

  const refuse = (): never => {
    count('refused');
    throw unauthorized();
  };

  const validate = async (token: string): Promise<Identity> => {
    const judged = await askOf(options, token, outages);
    const nowMs = clock.nowMs();
    if (judged === null || judged.expiresAtMs <= nowMs) {
      bad.set(token, true, nowMs + Math.min(cacheMs, REFUSED_MS_MAX));
      return refuse();
    }
    const who = identityOf(judged);
    if (cacheMs > 0) good.set(token, who, Math.min(nowMs + cacheMs, judged.expiresAtMs));
    count('validated');
    return who;
  };

  return {
    isQuotaEnforced: true,
    challenge: `Keystone uri="${options.authUri}"`,
    authenticate(headers) {
      const token = headers['x-auth-token'];
      if (typeof token !== 'string') return refuse();
      const nowMs = clock.nowMs();
      const known = good.get(token, nowMs);
      if (known !== undefined) {
        count('cached');
        return known;
      }
      if (!TOKEN.test(token) || bad.get(token, nowMs)) return refuse();
      if (underWay.size >= VALIDATIONS_MAX && !underWay.has(token)) {
        count('unavailable');
        throw unavailable();
      }
      return oneAtATime(underWay, token, validate);
    },
  };
}

/** Whoever comes with a token that is being asked about waits for that answer. */
function oneAtATime(
  underWay: Map<string, Promise<Identity>>,
  token: string,
  validate: (token: string) => Promise<Identity>,
): Promise<Identity> {
  const waiting = underWay.get(token);
  if (waiting) return waiting;
  const asked = validate(token).finally(() => underWay.delete(token));
  underWay.set(token, asked);
  return asked;
}

async function askOf(
  { identity, count }: KeystoneAuthOptions,
  token: string,
  outages: ReturnType<typeof outageLog>,
): Promise<ValidatedToken | null> {
  try {
    const judged = await identity.validate(token);
    outages.over();
    return judged;
  } catch (error) {
    outages.met(error);
    count('unavailable');
    throw unavailable(error);
  }
}

/** One line when nobody can say who clients are, and one when that is over; not one a request. */
function outageLog(logger: Logger) {
  let isOut = false;
  return {
    met(error: unknown): void {
      if (!isOut)
        logger.error({ error }, 'tokens cannot be validated: clients get 503 until they can');
      isOut = true;
    },
    over(): void {
      if (isOut) logger.info({}, 'tokens can be validated again');
      isOut = false;
    },
  };
}

function identityOf(token: ValidatedToken): Identity {
  const { expiresAtMs: _, ...who } = token;
  return Object.freeze({ ...who, isAdmin: false });
}

function unauthorized(): OctaviaError {
  return new OctaviaError(
    ErrorCode.Unauthorized,
    'The request you have made requires authentication.',
  );
}

function unavailable(cause?: unknown): OctaviaError {
  return new OctaviaError(
    ErrorCode.ServiceUnavailable,
    'The Keystone service is temporarily unavailable.',
    { cause },
  );
}
