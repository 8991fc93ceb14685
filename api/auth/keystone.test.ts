import { beforeEach, expect, test } from 'vitest';
import { DriverFailure, OctaviaError } from '#core/domain/errors.ts';
import type { ValidatedToken } from '#core/ports/identity.ts';
import type { Logger } from '#core/ports/logger.ts';
import { systemClock } from '#core/service/system-clock.ts';
import { keystoneAuth, type TokenOutcome } from './keystone.ts';
import type { Identity } from './strategy.ts';

const TOKEN: ValidatedToken = {
  userId: 'ada',
  userDomainId: 'default',
  projectId: 'mine',
  projectDomainId: 'default',
  domainId: null,
  systemScope: null,
  roles: ['member'],
  expiresAtMs: 1_000_000,
};

/** The identity service, as the test wants it. */
let answerOf: (token: string) => Promise<ValidatedToken | null>;
let asked: string[];
let lines: string[];
let outcomes: TokenOutcome[];
let nowMs: number;
beforeEach(() => {
  answerOf = async (token) => (token.startsWith('good') ? TOKEN : null);
  asked = [];
  lines = [];
  outcomes = [];
  nowMs = 0;
});

const line = (_: object, message: string) => void lines.push(message);
const logger: Logger = { debug: line, info: line, warn: line, error: line, child: () => logger };

function open(options: { readonly seconds?: number; readonly entries?: number } = {}) {
  return keystoneAuth({
    identity: {
      validate: (token) => {
        asked.push(token);
        return answerOf(token);
      },
      close: async () => {},
    },
    authUri: 'http://keystone:5000/v3',
    tokenCacheSeconds: options.seconds ?? 300,
    tokenCacheEntriesMax: options.entries ?? 100,
    clock: { ...systemClock, nowMs: () => nowMs },
    logger,
    count: (outcome) => outcomes.push(outcome),
  });
}

async function outcome(
  auth: ReturnType<typeof open>,
  token: string | undefined,
): Promise<Identity | string> {
  try {
    return await auth.authenticate(token === undefined ? {} : { 'x-auth-token': token });
  } catch (error) {
    if (error instanceof OctaviaError) return error.code;
    throw error;
  }
}

test('a good token says who asks, and makes nobody an administrator by itself', async () => {
  const auth = open();
  const { expiresAtMs: _, ...who } = TOKEN;
  expect(await outcome(auth, 'good')).toEqual({ ...who, isAdmin: false });
  expect(auth.challenge).toBe('Keystone uri="http://keystone:5000/v3"');
  expect(auth.isQuotaEnforced).toBe(true);
});

test.each([undefined, '', 'two words', 'line\nbreak', 'ü', 'x'.repeat(8193)])(
  'what cannot be a token is refused without asking: %j',
  async (token) => {
    expect(await outcome(open(), token)).toBe('unauthorized');
    expect(asked).toEqual([]);
  },
);

test('headers that claim an identity are not believed', async () => {
  const claims = { 'x-project-id': 'theirs', 'x-roles': 'admin', 'x-auth-token': 'good' };
  expect(await open().authenticate(claims)).toMatchObject({ projectId: 'mine', roles: ['member'] });
});

test('a token once found good is not asked about again, until its time in the cache is over', async () => {
  const auth = open({ seconds: 60 });
  await outcome(auth, 'good');
  nowMs = 59_999;
  await outcome(auth, 'good');
  expect(asked).toHaveLength(1);
  answerOf = async () => null;
  nowMs = 60_000;
  expect(await outcome(auth, 'good'), 'revoked meanwhile').toBe('unauthorized');
  expect(outcomes).toEqual(['validated', 'cached', 'refused']);
});

test('no token is good beyond its own time, cached or not', async () => {
  const auth = open({ seconds: 3600 });
  nowMs = 999_999;
  expect(await outcome(auth, 'good')).toMatchObject({ userId: 'ada' });
  nowMs = 1_000_000;
  expect(await outcome(auth, 'good')).toBe('unauthorized');
});

test('without a cache every request asks', async () => {
  const auth = open({ seconds: -1 });
  await outcome(auth, 'good');
  await outcome(auth, 'good');
  expect(asked).toHaveLength(2);
});

test('the cache holds so many tokens, and drops the one not used for longest', async () => {
  const auth = open({ entries: 2 });
  for (const token of ['good1', 'good2', 'good1', 'good3']) await outcome(auth, token);
  asked = [];
  for (const token of ['good1', 'good3', 'good2']) await outcome(auth, token);
  expect(asked).toEqual(['good2']);
});

test('a bad token that comes again and again is asked about once in a while', async () => {
  const auth = open();
  for (let i = 0; i < 5; i++) expect(await outcome(auth, 'bad')).toBe('unauthorized');
  expect(asked).toHaveLength(1);
  nowMs = 10_000;
  await outcome(auth, 'bad');
  expect(asked).toHaveLength(2);
});

test('a token that many come with at once is asked about once', async () => {
  const auth = open({ seconds: 0 });
  const all = await Promise.all(Array.from({ length: 50 }, () => outcome(auth, 'good')));
  expect(new Set(all.map((who) => (who as Identity).userId))).toEqual(new Set(['ada']));
  expect(asked).toHaveLength(1);
});

test('while Keystone is away nobody new gets in, those known do, and the log says so once', async () => {
  const auth = open();
  await outcome(auth, 'good1');
  answerOf = async () => {
    throw new DriverFailure('Keystone is away', { retryable: true });
  };
  expect(await outcome(auth, 'good2')).toBe('service-unavailable');
  expect(await outcome(auth, 'good3')).toBe('service-unavailable');
  expect(await outcome(auth, 'good1')).toMatchObject({ userId: 'ada' });
  answerOf = async () => TOKEN;
  expect(await outcome(auth, 'good2'), 'an outage is not remembered').toMatchObject({
    userId: 'ada',
  });
  expect(lines).toEqual([
    'tokens cannot be validated: clients get 503 until they can',
    'tokens can be validated again',
  ]);
  expect(outcomes.filter((one) => one === 'unavailable')).toHaveLength(2);
});

test('when too many tokens wait for Keystone the next is told so at once', async () => {
  const auth = open();
  answerOf = () => new Promise(() => {});
  for (let i = 0; i < 1000; i++) void auth.authenticate({ 'x-auth-token': `good${i}` });
  expect(await outcome(auth, 'one-too-many')).toBe('service-unavailable');
  expect(outcomes).toEqual(['unavailable']);
});
