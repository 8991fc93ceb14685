import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Logger } from '#core/ports/logger.ts';
import type { ProviderDriver } from '#core/ports/provider.ts';
import { loadProviders } from './provider-packages.ts';
import { expectNothingPending } from './testing/contract.ts';
import { type Api, SUBNET, startApi } from './testing/harness.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'octavia-packages-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const lines: string[] = [];
const note = (fields: Readonly<Record<string, unknown>>, message: string) => {
  const { error } = fields;
  lines.push(`${String(fields['provider'])}: ${error instanceof Error ? error.message : message}`);
};
const logger: Logger = {
  debug: () => {},
  info: () => {},
  warn: note,
  error: note,
  child: () => logger,
};
afterEach(() => {
  lines.length = 0;
});

/** An installed package with that source. @returns its absolute path */
async function install(name: string, source: string): Promise<string> {
  const path = join(folder, name);
  await mkdir(path, { recursive: true });
  await writeFile(join(path, 'package.json'), JSON.stringify({ name, main: 'index.mjs' }));
  await writeFile(join(path, 'index.mjs'), source);
  return path;
}

const load = (packages: Record<string, string>, ours: Record<string, ProviderDriver> = {}) =>
  loadProviders(
    {
      enabledProviderDrivers: Object.fromEntries(Object.keys(packages).map((name) => [name, ''])),
      providerDriverPackages: packages,
    },
    ours,
    { logger, loadTimeoutMs: 300 },
  );

test('packages that cannot be loaded are left out, each with its reason, and the good one is served', async () => {
  const packages = {
    good: await install('good', 'export const createProvider = ({ name }) => ({ name });'),
    throwing: await install(
      'throwing',
      'export const createProvider = () => { throw new Error("no licence"); };',
    ),
    broken: await install('broken', 'this is no JavaScript'),
    empty: await install('empty', 'export const nothing = 1;'),
    driverless: await install('driverless', 'export const createProvider = () => null;'),
    hanging: await install('hanging', 'export const createProvider = () => new Promise(() => {});'),
    absent: 'octavia-provider-that-nobody-installed',
  };
  const loaded = await load(packages);
  expect([...loaded.keys()]).toEqual(['good']);
  expect(lines).toHaveLength(6);
  for (const [name, reason] of [
    ['throwing', 'no licence'],
    ['empty', 'exports no function createProvider'],
    ['driverless', 'answered no driver'],
    ['hanging', 'not loaded within 300 ms'],
    ['absent', 'octavia-provider-that-nobody-installed'],
  ] as const)
    expect(lines.find((line) => line.startsWith(`${name}:`))).toContain(reason);
});

test('no package takes the name of one of ours, and none is loaded that is not enabled', async () => {
  const path = await install('greedy', 'export const createProvider = () => ({ name: "mine" });');
  const own: ProviderDriver = { name: 'ours' };
  const loaded = await loadProviders(
    {
      enabledProviderDrivers: { amphora: '', unknown: '' },
      providerDriverPackages: { amphora: path, off: path },
    },
    { amphora: own },
    { logger, loadTimeoutMs: 300 },
  );
  expect([...loaded]).toEqual([['amphora', own]]);
  expect(lines).toEqual([
    expect.stringContaining('amphora: a provider of ours has this name'),
    expect.stringContaining('off: its package is not loaded'),
    expect.stringContaining('unknown: enabled, but neither among ours (amphora)'),
  ]);
});

/** The API with one provider, made of that object literal. */
async function apiWith(name: string, driver: string): Promise<Api> {
  const path = await install(name, `export const createProvider = (host) => (${driver});`);
  const drivers = await load({ odd: path });
  return startApi('[api_settings]\nenabled_provider_drivers = odd: one\n', {
    providers: { enabled: { odd: '' }, drivers, callTimeoutMs: 200 },
  });
}
const create = (api: Api) =>
  api.post('/loadbalancers', { loadbalancer: { vip_subnet_id: SUBNET, provider: 'odd' } });

const VIP =
  'createVipPort: async (_id, _project, vip) => ({ vip: { ...vip, address: "10.0.0.9" } })';
const misbehaviours: readonly [string, string, number, string][] = [
  [
    'throws before it answers a promise',
    `{ ${VIP}, loadBalancerCreate() { throw new Error('sync') } }`,
    500,
    "Provider 'odd' reports error: sync",
  ],
  [
    'throws what is no error',
    `{ ${VIP}, loadBalancerCreate() { throw 'words' } }`,
    500,
    "Provider 'odd' reports error: words",
  ],
  [
    'refuses an option',
    `{ ${VIP}, async loadBalancerCreate() { throw host.unsupportedOption('no IPv6') } }`,
    501,
    "Provider 'odd' does not support a requested option: no IPv6",
  ],
  [
    'refuses an action',
    `{ ${VIP}, async loadBalancerCreate() { throw host.unsupportedAction('on holiday') } }`,
    501,
    "Provider 'odd' does not support a requested action: on holiday",
  ],
  [
    'says that the address is taken',
    `{ async createVipPort() { throw host.conflict('10.0.0.9') } }`,
    409,
    'The VIP IP address is already in use: 10.0.0.9',
  ],
  [
    'never answers',
    `{ ${VIP}, loadBalancerCreate: () => new Promise(() => {}) }`,
    500,
    "Provider 'odd' reports error: the driver did not answer within 200 ms",
  ],
  [
    'never makes a VIP port',
    '{ createVipPort: () => new Promise(() => {}) }',
    500,
    "Provider 'odd' reports error: the driver did not answer within 200 ms",
  ],
  ...['undefined', '{}', '{ vip: { address: 5 } }', '{ vip: { address: "nowhere" } }'].map(
    (answer): [string, string, number, string] => [
      `answers ${answer} for a VIP port`,
      `{ createVipPort: async () => (${answer}), async loadBalancerCreate() {} }`,
      500,
      "Provider 'odd' reports error: the VIP port has no address",
    ],
  ),
  [
    'has no method',
    `{ ${VIP} }`,
    501,
    "Provider 'odd' does not support a requested action: This provider does not support creating load balancers.",
  ],
];
test.each(misbehaviours)(
  'a driver that %s is answered with its words, and nothing is stored',
  async (what, driver, status, text) => {
    const api = await apiWith(what.replaceAll(/\W/g, '-'), driver);
    const answer = await create(api);
    expect([answer.status, answer.json]).toEqual([
      status,
      { faultcode: status < 500 ? 'Client' : 'Server', faultstring: text, debuginfo: null },
    ]);
    expect((await api.get('/loadbalancers')).json.loadbalancers).toEqual([]);
    await expectNothingPending(api);
    await api.close();
  },
);

test('a method that answers no promise at all has done its work', async () => {
  const api = await apiWith('sync', `{ ${VIP}, loadBalancerCreate() {} }`);
  const made = await create(api);
  expect(made.status, made.text).toBe(201);
  expect(made.json.loadbalancer).toMatchObject({ provider: 'odd', vip_address: '10.0.0.9' });
  await api.close();
});
