import { afterEach, beforeEach, expect, test } from 'vitest';
import { DriverFailure } from '#core/domain/errors.ts';
import type { IdentityService } from '#core/ports/identity.ts';
import { systemClock } from '#core/service/system-clock.ts';
import { keystoneIdentity } from './identity-service.ts';
import type { KeystoneOptions } from './options.ts';
import { type PlayedKeystone, playedKeystone, tokenOf } from './testing/played-keystone.ts';

const LOGIN = 'POST /v3/auth/tokens';
const QUESTION = 'GET /v3/auth/tokens?nocatalog=1';

let keystone: PlayedKeystone;
let identity: IdentityService;
beforeEach(async () => {
  keystone = await playedKeystone();
  keystone.tokens.set('good', tokenOf('mine', ['member', 'reader']));
  identity = keystoneIdentity(options());
});
afterEach(async () => {
  await identity.close();
  await keystone.close();
});

function options(changes: Partial<KeystoneOptions> = {}): KeystoneOptions {
  return {
    authUrl: keystone.url,
    username: 'octavia',
    userId: null,
    userDomainName: 'Default',
    userDomainId: null,
    password: 'secret',
    projectName: 'service',
    projectId: null,
    projectDomainName: 'Default',
    projectDomainId: null,
    systemScope: null,
    cafile: null,
    certfile: null,
    keyfile: null,
    isInsecure: false,
    connectTimeoutSeconds: 1,
    timeoutSeconds: 10,
    retriesMax: 0,
    exchangesMax: 4,
    clock: systemClock,
    ...changes,
  };
}

/** With other options, for the rest of the test. */
async function reopen(changes: Partial<KeystoneOptions>): Promise<void> {
  await identity.close();
  identity = keystoneIdentity(options(changes));
}

const failure = (): Promise<DriverFailure> =>
  identity.validate('good').then(
    () => Promise.reject(new Error('it was answered')),
    (error: DriverFailure) => error,
  );

test('a good token tells who it is, of which project, with which roles and until when', async () => {
  expect(await identity.validate('good')).toEqual({
    userId: 'ada',
    userDomainId: 'default',
    projectId: 'mine',
    projectDomainId: 'default',
    domainId: null,
    systemScope: null,
    roles: ['member', 'reader'],
    expiresAtMs: expect.any(Number),
  });
});

test('a token of the whole system, or of a domain, has no project', async () => {
  keystone.tokens.set(
    'system',
    tokenOf('', ['admin'], { project: undefined, system: { all: true } }),
  );
  keystone.tokens.set(
    'domain',
    tokenOf('', ['admin'], { project: undefined, domain: { id: 'd' } }),
  );
  expect(await identity.validate('system')).toMatchObject({ projectId: null, systemScope: 'all' });
  expect(await identity.validate('domain')).toMatchObject({ projectId: null, domainId: 'd' });
});

test('a token that Keystone does not know is null, whatever was wrong with it', async () => {
  expect(await identity.validate('revoked')).toBeNull();
});

test.each(['', '/', '/v3', '/v3/'])('auth_url may end with "%s"', async (end) => {
  await reopen({ authUrl: `${keystone.url}${end}` });
  expect(await identity.validate('good')).not.toBeNull();
  expect(keystone.requests).toEqual([LOGIN, QUESTION]);
});

test('our own token is asked for once, by however many', async () => {
  await Promise.all(Array.from({ length: 20 }, () => identity.validate('good')));
  expect(keystone.requests.filter((request) => request === LOGIN)).toHaveLength(1);
});

test('when our own token does not work any more we get another, once', async () => {
  await identity.validate('good');
  keystone.ownTokens.clear();
  expect(await identity.validate('good')).not.toBeNull();
  expect(keystone.requests).toEqual([LOGIN, QUESTION, QUESTION, LOGIN, QUESTION]);
});

test('our own token is renewed before it expires', async () => {
  let nowMs = Date.now();
  await reopen({ clock: { ...systemClock, nowMs: () => nowMs } });
  await identity.validate('good');
  nowMs += 3_600_000 - 119_000;
  await identity.validate('good');
  expect(keystone.requests.filter((request) => request === LOGIN)).toHaveLength(2);
});

test('a wrong password of ours is nobody’s bad token, and is not tried with every request', async () => {
  await reopen({ password: 'wrong' });
  const error = await failure();
  expect(error.isRetryable).toBe(false);
  expect(error.message).toMatch(
    /refuses our own user octavia with 401; look at \[keystone_authtoken\]/,
  );
  await failure();
  expect(keystone.requests).toEqual([LOGIN]);
});

test('Keystone away is a failure that may pass, and not an answer', async () => {
  await keystone.close();
  const error = await failure();
  expect(error).toBeInstanceOf(DriverFailure);
  expect(error.isRetryable).toBe(true);
  expect(error.message).toContain('ECONNREFUSED');
});

test('Keystone in trouble is asked again, as often as configured', async () => {
  await reopen({ retriesMax: 2 });
  keystone.status = 503;
  expect((await failure()).message).toMatch(/no usable answer in 3 attempts: it answered 503/);
  expect(keystone.requests).toEqual([LOGIN, LOGIN, LOGIN]);
});

test('a Keystone that never answers holds nobody longer than the timeout', async () => {
  await identity.validate('good');
  await reopen({ timeoutSeconds: 0.2, retriesMax: 5 });
  keystone.isDeaf = true;
  expect((await failure()).isRetryable).toBe(true);
});

test('a slow Keystone is asked only so many questions at once', async () => {
  await identity.validate('good');
  keystone.delayMs = 30;
  await Promise.all(Array.from({ length: 20 }, (_, index) => identity.validate(`t${index}`)));
  expect(keystone.busiest()).toBe(4);
});

test('an answer that is no token of Keystone’s lets nobody in', async () => {
  keystone.tokens.set('good', { user: {}, roles: 'admin' });
  expect((await failure()).message).toContain('what it says of a token cannot be read');
});

test('a certificate that cannot be read is said at once, with the option', () => {
  expect(() => keystoneIdentity(options({ cafile: '/nowhere/ca.pem' }))).toThrow(
    /\/nowhere\/ca\.pem cannot be read; \[keystone_authtoken\] cafile must name/,
  );
});
