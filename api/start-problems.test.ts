import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const MAIN = join(import.meta.dirname, 'main.ts');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'octavia-start-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Starts the API with this configuration, to which it must not agree. @returns how it ended, and what it said */
async function refusal(conf: string): Promise<{ readonly code: unknown; readonly said: string }> {
  const file = join(folder, 'octavia.conf');
  await writeFile(file, conf);
  return new Promise((resolve) =>
    execFile(process.execPath, [MAIN, '--config-file', file], (error, _, said) =>
      resolve({ code: error?.code, said }),
    ),
  );
}

test('an API that names no auth_strategy asks for tokens, and says what it needs for that', async () => {
  const { code, said } = await refusal('[keystone_authtoken]\nusername = octavia\n');
  expect(code).toBe(1);
  expect(said.trim().split('\n')).toEqual(
    ['auth_url', 'password', 'user_domain_name', 'project_name'].map((option) =>
      expect.stringMatching(`^\\[keystone_authtoken\\] ${option} is missing; `),
    ),
  );
});

test('a policy file with a fault ends the start with file and line', async () => {
  const policy = join(folder, 'mine.yaml');
  await writeFile(policy, '# ours\n"os_load-balancer_api:loadbalancer:post": "role:a or"\n');
  const conf = '[api_settings]\nauth_strategy = noauth\n[oslo_policy]\npolicy_file = mine.yaml\n';
  const { code, said } = await refusal(conf);
  expect(code).toBe(1);
  expect(said).toBe(
    `${policy}:2: "os_load-balancer_api:loadbalancer:post": it ends where a check should follow\n`,
  );
});
