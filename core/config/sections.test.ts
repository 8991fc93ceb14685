import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ConfigError, loadConfig } from './load.ts';
import { type AnySection, ignoredBy } from './section.ts';
import * as sections from './sections.ts';

const text = readFileSync(new URL('testdata/octavia.conf', import.meta.url), 'utf8');
const all: Readonly<Record<string, AnySection>> = sections;

test("an operator's octavia.conf with every option of Octavia's loads in every daemon", () => {
  const loaded = loadConfig(sections, { name: 'octavia.conf', text }, {});
  expect(loaded.config.apiSettings.apiBaseUri).toBe('http://10.0.0.5/load-balancer');
  expect(loaded.config.healthManager.controllerIpPortList).toEqual([
    '172.16.0.2:5555',
    '[2001:db8::2]:5555',
  ]);
  expect(loaded.config.database.connection).toBe('postgresql://octavia:secret@10.0.0.5/octavia');
  expect(loaded.config.haproxyAmphora.userLogFormat).toMatch(/^\{\{ project_id \}\}.*%tsc$/);
});

test('each option and section that has no effect here is named once, with its line', () => {
  const { warnings } = loadConfig(sections, { name: 'octavia.conf', text }, {});
  expect(warnings).toContain(
    "octavia.conf:7: [DEFAULT] transport_url is an option of Octavia's that has no effect here",
  );
  expect(warnings).toContainEqual(
    expect.stringMatching(
      /^octavia.conf:\d+: \[audit\] is a section of Octavia's that has no effect here$/,
    ),
  );
  expect(new Set(warnings).size).toBe(warnings.length);
});

test('drivers and authentication that do not exist here are refused, not replaced by others', () => {
  const drivers = `
[api_settings]
auth_strategy = testing
[controller_worker]
compute_driver = compute_nova_driver
network_driver = allowed_address_pairs_driver
loadbalancer_topology = ACTIVE_STANDBY
[certificates]
cert_manager = barbican_cert_manager
`;
  const load = () => loadConfig(sections, { name: 'octavia.conf', text: drivers }, {});
  expect(load).toThrow(ConfigError);
  expect(load).toThrow(/auth_strategy is "testing"; it must be one of/);
  expect(load).toThrow(/compute_driver is "compute_nova_driver"; it must be one of/);
  expect(load).toThrow(/network_driver is "allowed_address_pairs_driver"/);
  expect(load).toThrow(/cert_manager is "barbican_cert_manager"/);
});

test('where events go is a URL or nothing', () => {
  expect(eventsOf('redis_url =\nwebhook_url = None')).toMatchObject({
    redisUrl: null,
    webhookUrl: null,
  });
  expect(eventsOf('redis_url = rediss://:x@host:6379/0').redisUrl).toBe('rediss://:x@host:6379/0');
  expect(() => eventsOf('redis_url = host:6379')).toThrow('must be a URL of the form redis://');
  expect(() => eventsOf('webhook_url = ftp://host')).toThrow('must be a URL of the form https://');
});

test.each(Object.entries(all))('the section %s names each option once', (_key, section) => {
  const names = [
    ...Object.values(section.options).flatMap((option) => [option.name, option.formerly ?? []]),
    ...ignoredBy(section).keys(),
  ].flat();
  expect(names).toEqual([...new Set(names)]);
});

test.each(Object.entries(all))(
  'every default of the section %s is a value that it accepts',
  (_key, section) => {
    for (const option of Object.values(section.options)) {
      const { fallback } = option;
      if (fallback === null) continue;
      expect(option.parse(asWritten(fallback)), option.name).toEqual(fallback);
    }
  },
);

test.each(Object.entries(all))(
  'every option of the section %s says what it is for',
  (_key, section) => {
    for (const option of Object.values(section.options))
      expect(option.help, option.name).toMatch(/\w{2}/);
  },
);

function eventsOf(own: string): ReturnType<typeof loadConfig<typeof sections>>['config']['events'] {
  return loadConfig(sections, { name: 'octavia.conf', text: `[events]\n${own}` }, {}).config.events;
}

/** Compared with the clock, not waited for. */
const AGES = /_age$|^cert_expiry_buffer$|^token_cache_time$|^healthcheck_refresh_interval$/;

test.each(Object.entries(all))(
  'nothing in the section %s can be waited for longer than a timer can count',
  (_key, section) => {
    for (const option of Object.values(section.options)) {
      const isTimer = typeof option.fallback === 'number' && /\bseconds\b/.test(option.help);
      if (isTimer && !AGES.test(option.name))
        expect(() => option.parse('2147484'), option.name).toThrow('of at most');
    }
  },
);

/** A value as it stands in a file. */
function asWritten(value: unknown): string {
  if (Array.isArray(value)) return value.join(',');
  if (typeof value !== 'object' || value === null) return `${value as string | number | boolean}`;
  return Object.entries(value)
    .map(([name, inner]) => `${name}:${inner}`)
    .join(',');
}
