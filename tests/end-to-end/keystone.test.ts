import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { CloudProcess } from '../../deploy/one-box/cloud-process.ts';
import { octaviaConf } from '../conformance/octavia-conf.ts';
import { DEFAULT_SUITE_DIR } from '../conformance/options.ts';
import { type KeystoneFacts, Suite } from '../conformance/suite.ts';
import { type OwnCloud, ownCloud, pidOf } from './testing/own-cloud.ts';

const SUBNET_ID = '0b3b4d60-1f0a-4a6c-9d1e-5a0f6f1f2c11';
const SHOW = 'os_load-balancer_api:loadbalancer:get_all';
const CACHE_SECONDS = 1;
const isPossible = Suite.isAt(DEFAULT_SUITE_DIR) && process.getuid?.() === 0;

let dir: string;
let suite: Suite;
let keystone: KeystoneFacts;
let cloud: OwnCloud;
let apiUrl: string;

beforeAll(async () => {
  if (!isPossible) return;
  dir = await mkdtemp(join(tmpdir(), 'octavia-keystone-'));
  suite = new Suite(DEFAULT_SUITE_DIR, dir);
  cloud = await ownCloud('n');
  keystone = await suite.startKeystone('http://127.0.0.1:1');
  const configFile = join(dir, 'octavia.conf');
  const own = `[keystone_authtoken]\ntoken_cache_time = ${CACHE_SECONDS}\nhttp_request_max_retries = 0\n[oslo_policy]\npolicy_file = ${join(dir, 'policy.yaml')}\n`;
  await writePolicy('rule:load-balancer:read');
  await writeFile(configFile, `${octaviaConf(keystone)}${own}`, { mode: 0o600 });
  cloud.process = new CloudProcess(cloud.dataDir, [
    ...cloud.args,
    '--drivers=noop',
    `--config-file=${configFile}`,
  ]);
  ({ apiUrl } = await cloud.process.start());
}, 300_000);

afterAll(async () => {
  if (!isPossible) return;
  await cloud.remove();
  await suite.stopKeystone();
  await rm(dir, { recursive: true, force: true });
}, 240_000);

beforeEach(({ skip }) =>
  skip(!isPossible, 'needs root, and the scripts that start a Keystone in ../shared/conformance'),
);

const writePolicy = (rule: string) => writeFile(join(dir, 'policy.yaml'), `"${SHOW}": "${rule}"\n`);

/** Logs in as the demo user, who is a member of one project. */
async function login(): Promise<{ readonly token: string; readonly projectId: string }> {
  const { username, password, user_domain_id: domain, project_name: project } = keystone.demo_user;
  const user = { name: username, password, domain: { id: domain } };
  const auth = {
    identity: { methods: ['password'], password: { user } },
    scope: { project: { name: project, domain: { id: domain } } },
  };
  const answer = await fetch(`${keystone.auth_url}/auth/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ auth }),
  });
  const body = (await answer.json()) as { readonly token: { readonly project: { id: string } } };
  return { token: answer.headers.get('x-subject-token') ?? '', projectId: body.token.project.id };
}

const list = (token: string): Promise<Response> =>
  fetch(`${apiUrl}/v2.0/lbaas/loadbalancers`, { headers: { 'x-auth-token': token } });

/** Waits for what happens only when something else was noticed. */
async function until<Seen>(what: string, look: () => Promise<Seen | null>): Promise<Seen> {
  for (let attempts = 0; attempts < 200; attempts++) {
    const seen = await look();
    if (seen !== null) return seen;
    await delay(100);
  }
  throw new Error(`${what} was not seen in 200 attempts`);
}

const untilAnswered = (status: number, token: string): Promise<Response> =>
  until(`an answer ${status}`, async () => {
    const answer = await list(token);
    return answer.status === status ? answer : null;
  });

/** Has the API read its policy again, and waits until its log says how that went. */
async function reloadPolicy(words: string): Promise<void> {
  const log = join(cloud.dataDir, 'logs/api.log');
  const count = async () => (await readFile(log, 'utf8')).split(words).length;
  const before = await count();
  process.kill(pidOf(cloud, 'api'), 'SIGHUP');
  await until(words, async () => ((await count()) > before ? true : null));
}

test('without a token only versions and health are told, and where to get one', async () => {
  const refused = await fetch(`${apiUrl}/v2.0/lbaas/loadbalancers`);
  expect(refused.status).toBe(401);
  expect(refused.headers.get('www-authenticate')).toBe(`Keystone uri="${keystone.auth_url}"`);
  expect((await fetch(`${apiUrl}/`)).status).toBe(200);
  expect((await list('gAAAAABmade-up')).status).toBe(401);
});

test('a member’s token makes a load balancer in the member’s project', async () => {
  const { token, projectId } = await login();
  const made = await fetch(`${apiUrl}/v2.0/lbaas/loadbalancers`, {
    method: 'POST',
    headers: { 'x-auth-token': token, 'content-type': 'application/json' },
    body: JSON.stringify({ loadbalancer: { vip_subnet_id: SUBNET_ID } }),
  });
  expect(made.status).toBe(201);
  expect(await made.json()).toMatchObject({ loadbalancer: { project_id: projectId } });
});

test('a token that was revoked stops working when its time in the cache is over', async () => {
  const { token } = await login();
  expect((await list(token)).status).toBe(200);
  const revoked = await fetch(`${keystone.auth_url}/auth/tokens`, {
    method: 'DELETE',
    headers: { 'x-auth-token': token, 'x-subject-token': token },
  });
  expect(revoked.status).toBe(204);
  await untilAnswered(401, token);
});

test('rules are read again on SIGHUP, and bad ones change nothing', async () => {
  const { token } = await login();
  const statusAfter = async (rule: string, words: string): Promise<number> => {
    await writePolicy(rule);
    await reloadPolicy(words);
    return (await list(token)).status;
  };
  expect(await statusAfter('!', 'policy read again')).toBe(403);
  expect(await statusAfter('role:a role:b', 'policy not usable')).toBe(403);
  expect(await statusAfter('@', 'policy read again')).toBe(200);
});

test('while Keystone is away nobody is let in, and all works again once it is back', async () => {
  const { token } = await login();
  const url = keystone.auth_url;
  await suite.pauseKeystone();
  const answer = await untilAnswered(503, token);
  expect(await answer.json()).toEqual({
    faultcode: 'Server',
    faultstring: 'The Keystone service is temporarily unavailable.',
    debuginfo: null,
  });
  keystone = await suite.startKeystone('http://127.0.0.1:1');
  expect(keystone.auth_url).toBe(url);
  await untilAnswered(200, token);
});
