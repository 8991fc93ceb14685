import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseAgentConfig } from './config.ts';
import { logReadersOf } from './log-settings.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'log-'));
  await writeFile(join(folder, 'empty'), '\n');
  await writeFile(join(folder, 'rules'), 'local0.=info call tenant_forwarding\n');
});
afterAll(() => rm(folder, { recursive: true }));

function readers(rules: string, ...options: readonly string[]): readonly string[] {
  const text = `[amphora_agent]\n${options.join('\n')}\n`;
  const { amphoraAgent } = parseAgentConfig('agent.conf', text);
  const { tenants, administrators } = logReadersOf(amphoraAgent, join(folder, rules));
  return [tenants, administrators];
}

test("unless somebody asks for it no line is written for a tenant's connection", () => {
  expect(readers('absent')).toEqual(['nobody', 'syslog']);
  expect(readers('empty')).toEqual(['nobody', 'syslog']);
  expect(readers('absent', 'service_manager = child')).toEqual(['nobody', 'nobody']);
});

test('the agent takes what has a target or a file', () => {
  expect(readers('absent', 'tenant_log_targets = h:1')).toEqual(['agent', 'syslog']);
  expect(readers('absent', 'access_log_bytes_max = 9')).toEqual(['agent', 'syslog']);
  expect(readers('absent', 'admin_log_targets = h:1')).toEqual(['nobody', 'agent']);
});

test("where Octavia's controller made rsyslog send lines on, rsyslog gets them", () => {
  expect(readers('rules')).toEqual(['syslog', 'syslog']);
  expect(readers('rules', 'service_manager = child')).toEqual(['nobody', 'nobody']);
});

test('with disable_local_log_storage nothing is kept in the amphora', () => {
  const unkept = 'disable_local_log_storage = True';
  expect(readers('absent', unkept, 'access_log_bytes_max = 9')).toEqual(['nobody', 'nobody']);
  expect(readers('rules', unkept, 'tenant_log_targets = h:1')).toEqual(['agent', 'syslog']);
});
