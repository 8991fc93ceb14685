import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const LOGGER = new URL('logger.ts', import.meta.url).href;

/** What a process that runs the script writes to standard output; `logger` is there. */
async function linesOf(script: string, format = 'json'): Promise<readonly string[]> {
  const program = `
    import { openLogger } from '${LOGGER}';
    const logger = openLogger({ service: 'api', isDebug: false, format: '${format}' });
    ${script}`;
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--input-type=module-typescript',
    '--no-warnings',
    '-e',
    program,
  ]);
  return stdout.trim().split('\n');
}
type Line = Readonly<Record<string, unknown>>;
const parsed = async (script: string): Promise<Line> =>
  JSON.parse((await linesOf(script))[0] ?? '') as Line;

test('a line is one JSON object with service, level, time, fields and message', async () => {
  const line = await parsed(
    `logger.child({ request_id: 'req-1' }).warn({ load_balancer_id: 'lb' }, 'it happened');`,
  );
  expect(line).toEqual({
    service: 'api',
    level: 'warn',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    request_id: 'req-1',
    load_balancer_id: 'lb',
    message: 'it happened',
  });
});

test('an error comes with its causes and their own fields', async () => {
  const line = await parsed(`
    const cause = Object.assign(new Error('no route'), { code: 'EHOSTUNREACH' });
    logger.error({ error: new TypeError('cannot connect', { cause }) }, 'failed');`);
  expect(line['error']).toMatchObject({
    type: 'TypeError',
    message: 'cannot connect',
    stack: expect.stringContaining('cannot connect'),
    cause: { message: 'no route', code: 'EHOSTUNREACH' },
  });
});

test('what lies under the name of a secret is masked, at any depth of ours', async () => {
  const text = (
    await linesOf(`
    const secret = 'hunter2';
    logger.info({ password: secret, heartbeat_key: secret, heartbeatKey: secret }, 'flat');
    logger.info({ config: { database: { connection: secret }, certificates: { caPrivateKeyPassphrase: secret } } }, 'config');
    logger.info({ request: { headers: { 'x-auth-token': secret, authorization: secret } } }, 'request');
    logger.info({ containers: [{ tls: { privateKeyPem: secret, certificatePem: secret, private_key: secret } }] }, 'list');
    logger.child({ serverPem: secret }).info({}, 'child');
    logger.error({ error: Object.assign(new Error('x'), { password: secret, command: { args: [secret] } }) }, 'error');
    logger.error({ error: new Error('x', { cause: Object.assign(new Error('y'), { token: secret }) }) }, 'cause');`)
  ).join('\n');
  expect(text).not.toContain('hunter2');
  expect(text.split('\n')).toHaveLength(7);
});

test('a password in a URL is masked and the rest of the URL is kept', async () => {
  const line = await parsed(`
    logger.info({ url: 'redis://me:hunter2@redis.example:6379/0', error: new Error('no answer from postgresql://me:hunter2@db nor redis://:un/coded@hunter2@db:1/0') }, 'x');`);
  expect(line['url']).toBe('redis://me:***@redis.example:6379/0');
  expect(JSON.stringify(line)).not.toContain('hunter2');
});

test('what only resembles a secret is kept', async () => {
  const line = await parsed(
    `logger.info({ connections: 3, token_count: 2, temp: 1, key: 'k', passphrase: null, id: 'a:b@c' }, 'x');`,
  );
  expect(line).toMatchObject({
    connections: 3,
    token_count: 2,
    temp: 1,
    key: 'k',
    passphrase: null,
    id: 'a:b@c',
  });
});

test('an object that contains itself costs a line, not the process', async () => {
  const line = await parsed(
    `const loop = { name: 'loop' }; loop.self = loop; logger.info({ loop }, 'x');`,
  );
  expect(line['loop']).toMatchObject({ name: 'loop' });
});

test('dates, bytes and errors outside the error field do not break a line', async () => {
  const line = await parsed(
    `logger.info({ at: new Date(0), bytes: Buffer.from('ab'), other: new Error('x') }, 'x');`,
  );
  expect(line).toMatchObject({ at: '1970-01-01T00:00:00.000Z', message: 'x' });
});

test('for people it is text', async () => {
  const lines = await linesOf(`logger.info({ pool_id: 'p' }, 'it happened');`, 'pretty');
  expect(lines.join('\n')).toMatch(/INFO.*it happened\s+.*pool_id: "p"/s);
});

test('lines below info are written only when debugging', async () => {
  const lines = await linesOf(`logger.debug({}, 'hidden'); logger.info({}, 'shown');`);
  expect(lines).toHaveLength(1);
});
