import { expect, test } from 'vitest';
import { ConfigError, loadConfig } from '#core/config/load.ts';
import { keystoneAuthtoken } from '#core/config/sections.ts';
import { keystoneOptions } from './keystone-options.ts';

const COMPLETE = {
  auth_url: 'http://keystone:5000',
  username: 'octavia',
  password: 'secret',
  user_domain_name: 'Default',
  project_name: 'service',
  project_domain_name: 'Default',
};

function problemsOf(options: Readonly<Record<string, string>>): readonly string[] {
  const lines = Object.entries(options).map(([name, value]) => `${name} = ${value}`);
  const text = `[keystone_authtoken]\n${lines.join('\n')}\n`;
  const { config } = loadConfig({ keystoneAuthtoken }, { name: 'octavia.conf', text }, {});
  try {
    keystoneOptions(config.keystoneAuthtoken);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

const without = (name: keyof typeof COMPLETE) => ({ ...COMPLETE, [name]: '' });

test.each([
  COMPLETE,
  { ...without('user_domain_name'), user_domain_id: 'default' },
  { ...without('project_domain_name'), project_domain_id: 'default' },
  { auth_url: 'https://k/v3', user_id: 'u', password: 'p', project_id: 'q' },
  { auth_url: 'https://k/v3', user_id: 'u', password: 'p', system_scope: 'all' },
])('%j is enough', (options) => {
  expect(problemsOf(options)).toEqual([]);
});

test.each(Object.keys(COMPLETE) as (keyof typeof COMPLETE)[])(
  'without %s the start is refused with the name of option and section',
  (name) => {
    expect(problemsOf(without(name))).toEqual([
      expect.stringMatching(
        `^\\[keystone_authtoken\\] ${name} is missing; with \\[api_settings\\] auth_strategy = keystone it must be `,
      ),
    ]);
  },
);

test('all that is missing is said at once', () => {
  expect(problemsOf({})).toHaveLength(4);
});

test('an address that is none is refused', () => {
  expect(problemsOf({ ...COMPLETE, auth_url: 'keystone:5000' })).toEqual([
    '[keystone_authtoken] auth_url is "keystone:5000"; it must be a URL like http://keystone:5000/v3',
  ]);
});
