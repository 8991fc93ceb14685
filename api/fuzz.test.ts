import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JsonSchema } from './schema/field.ts';
import {
  type Api,
  activeHealthMonitor,
  activeL7Policy,
  activeL7Rule,
  activeListener,
  activeLoadBalancer,
  activeMember,
  activePool,
  PROJECT,
  SUBNET,
  startApi,
} from './testing/harness.ts';
import { RESOURCES } from './v2/resources.ts';

let api: Api;
let ids: string[] = [];
beforeAll(async () => {
  api = await startApi();
  const lb = await activeLoadBalancer(api);
  const listener = await activeListener(api, lb);
  const pool = await activePool(api, lb, { listener_id: listener });
  const member = await activeMember(api, pool);
  const monitor = await activeHealthMonitor(api, pool);
  const policy = await activeL7Policy(api, listener);
  const rule = await activeL7Rule(api, policy);
  const amphora = randomUUID();
  await api.database.query(
    `insert into amphora (id, load_balancer_id, status) values ($1, $2, 'ERROR')`,
    [amphora, lb],
  );
  ids = [lb, listener, pool, member, monitor, policy, ...(await offers()), amphora, rule];
});
afterAll(() => api.close());

async function made(path: string, root: string, attributes: object) {
  return (await api.post(path, { [root]: { name: 'offer', ...attributes } })).json[root];
}

/** @returns the ids of a flavor profile, of its flavor, of a zone's profile, and the name of its zone */
async function offers(): Promise<string[]> {
  const of = { provider_name: 'amphora' };
  const profile = await made('/flavorprofiles', 'flavorprofile', { ...of, flavor_data: '{}' });
  const flavor = await made('/flavors', 'flavor', { flavor_profile_id: profile.id });
  const zones = await made('/availabilityzoneprofiles', 'availability_zone_profile', {
    ...of,
    availability_zone_data: '{}',
  });
  const zone = await made('/availabilityzones', 'availability_zone', {
    availability_zone_profile_id: zones.id,
  });
  return [profile.id, flavor.id, zones.id, zone.name];
}

const odd = fc.constantFrom(
  '',
  '\u0000',
  '\ud800',
  '\udfff\ud800',
  '😀'.repeat(200),
  '../../etc/passwd',
  "' or 1=1 --",
  '%',
  '__proto__',
  'constructor',
  '1e400',
  '169.254.169.254',
  '::',
  '0.0.0.0/0',
  '9'.repeat(400),
  '-0',
  'NaN',
);
const scalar = fc.oneof(
  odd,
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.constantFrom(1e308, -1, 2 ** 31, 2 ** 53, 0.5),
);
const junk = fc.oneof(
  { weight: 5, arbitrary: scalar },
  fc.array(scalar, { maxLength: 4 }),
  fc.dictionary(odd, scalar, { maxKeys: 3 }),
  fc.jsonValue({ maxDepth: 4 }),
);
// A function, since the ids exist only once the tests run.
const anyId = () =>
  fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...ids) }, fc.constant(SUBNET), odd);
/** Mostly the id that the path is about. */
const idFor = (path: string) => {
  const right = ids[NOUNS.findIndex((noun) => path.startsWith(`/${noun}/`))];
  return right === undefined
    ? anyId()
    : fc.oneof({ weight: 4, arbitrary: fc.constant(right) }, anyId());
};
const NOUNS = [
  'loadbalancers',
  'listeners',
  'pools',
  'members',
  'healthmonitors',
  'l7policies',
  'flavorprofiles',
  'flavors',
  'availabilityzoneprofiles',
  'availabilityzones',
  'octavia/amphorae',
];

interface Shot {
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly payload: string | undefined;
  /** Whether the provider is done before the next request comes. */
  readonly isFinished: boolean;
}

/** A body that follows a schema here and breaks it there. */
function bodyFor(schema: JsonSchema): fc.Arbitrary<unknown> {
  const valid = validFor(schema);
  return fc.oneof({ weight: 30, arbitrary: valid }, junk);
}

const ABSENT = Symbol('absent');
const seldom = (value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 6, arbitrary: fc.constant<unknown>(ABSENT) }, value);
const withoutAbsent = (object: object): object =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== ABSENT));

function validFor(schema: JsonSchema): fc.Arbitrary<unknown> {
  if (Array.isArray(schema['enum'])) return fc.constantFrom(...(schema['enum'] as unknown[]));
  switch (schema['type']) {
    case 'object': {
      const properties = schema['properties'] as Record<string, JsonSchema> | undefined;
      if (!properties)
        return fc.dictionary(fc.constantFrom('X-Forwarded-For', 'X-Bad'), fc.string());
      const required = (schema['required'] as string[] | undefined) ?? [];
      const model = Object.fromEntries(
        Object.entries(properties).map(([name, own]) => [
          name,
          required.includes(name) ? bodyFor(own) : seldom(bodyFor(own)),
        ]),
      );
      return fc.record(model).map(withoutAbsent);
    }
    case 'array':
      return fc.array(bodyFor(schema['items'] as JsonSchema), { maxLength: 3 });
    case 'integer':
      return fc.integer({ min: Number(schema['minimum']), max: Number(schema['maximum']) });
    case 'boolean':
      return fc.boolean();
    case 'string':
      return schema['format'] === 'uuid'
        ? anyId()
        : fc.constantFrom(
            'a',
            'x'.repeat(255),
            '10.0.0.3',
            '2001:db8::1',
            '/p',
            '200',
            '10.0.0.0/8',
          );
    default:
      return fc.constantFrom('10.0.0.4', 'fe80::1');
  }
}

const parameters: fc.Arbitrary<Record<string, string>> = fc.dictionary(
  fc.oneof(
    odd,
    fc.constantFrom('limit', 'marker', 'sort', 'fields', 'name', 'tags', 'cascade', 'project_id'),
    fc.constantFrom(
      'page_reverse',
      'sort_key',
      'id',
      'created_at',
      'not-tags-any',
      'additive_only',
    ),
  ),
  odd,
  { maxKeys: 3 },
);

function shots(): fc.Arbitrary<Shot> {
  const targets = RESOURCES.flatMap((resource) =>
    ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD'].map((method) => ({
      method,
      path: resource.path,
      body: resource.endpoints[method as 'GET']?.body,
    })),
  );
  // What takes a body has the most to get wrong.
  const weighted = targets.flatMap((target) => (target.body ? Array(8).fill(target) : [target]));
  return fc.constantFrom(...(weighted as typeof targets)).chain(({ method, path, body }) =>
    fc
      .record({
        first: idFor(path),
        second: anyId(),
        query: fc.oneof(
          { weight: method === 'GET' ? 1 : 8, arbitrary: fc.constant({}) },
          parameters,
        ),
        payload: fc.oneof(
          {
            weight: 6,
            arbitrary: body ? bodyFor(body.schema).map(stringify) : junk.map(stringify),
          },
          { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
          { weight: 1, arbitrary: fc.constant('[{"a":'.repeat(9000)) },
        ),
        type: fc.constantFrom(
          'application/json',
          'application/json',
          'application/json',
          'text/plain',
          '',
        ),
        isFinished: fc.constantFrom(true, true, false),
        accept: fc.constantFrom('*/*', 'application/json', '', ';;;'),
      })
      .map(({ first, second, query, payload, type, accept, isFinished }) => ({
        method,
        isFinished,
        url: `/v2${path
          .replace(/:policyId|:poolId|:id|:name/, encode(first))
          .replace(/:id/, encode(second))}?${Object.entries(query)
          .map(([name, value]) => `${encode(name)}=${encode(value)}`)
          .join('&')}`,
        headers: { 'x-project-id': PROJECT, 'content-type': type, accept },
        payload: method === 'GET' || method === 'HEAD' ? undefined : payload,
      })),
  );
}

const encode = (text: string) => encodeURIComponent(text.toWellFormed());
const stringify = (value: unknown): string => JSON.stringify(value) ?? '';

const WITH_STATUS = [
  'load_balancer',
  'listener',
  'pool',
  'member',
  'health_monitor',
  'l7_policy',
  'l7_rule',
];
const TABLES = [
  ...WITH_STATUS,
  'quota',
  'flavor_profile',
  'flavor',
  'availability_zone_profile',
  'availability_zone',
  'amphora',
];

const EVERYTHING = TABLES.map(
  (name) => `(select coalesce(string_agg(t::text, '|' order by t::text), '') from ${name} t)`,
).join(` || E'\\n' || `);

async function everything(): Promise<string | undefined> {
  const { rows } = await api.database.query<{ text: string }>(`select ${EVERYTHING} as text`);
  return rows[0]?.text;
}

/** Everything is ACTIVE again, even what was to be deleted: the generator would run out of targets. */
async function reviveEverything(): Promise<void> {
  const revived = WITH_STATUS.map((name) => `update ${name} set provisioning_status = 'ACTIVE'`);
  await api.database.query([...revived, `update amphora set status = 'ERROR'`].join(';'));
}

test('no request crashes the API, and a refused one changes nothing at all', async () => {
  const refused = new Set<number>();
  const taken = new Set<number>();
  await fc.assert(
    fc.asyncProperty(shots(), async ({ method, url, headers, payload, isFinished }) => {
      const before = await everything();
      const answer = await api.app.inject({
        method: method as 'GET',
        url,
        headers,
        ...(payload === undefined ? {} : { payload }),
      });
      expect(answer.statusCode, answer.body).toBeLessThan(500);
      if (answer.statusCode < 300) {
        taken.add(answer.statusCode);
        if (isFinished) await reviveEverything();
        return;
      }
      refused.add(answer.statusCode);
      expect(await everything()).toBe(before);
    }),
    { numRuns: 1500 },
  );
  // The generator must reach deep, or this proves nothing.
  for (const status of [400, 404, 405, 409, 415]) expect(refused).toContain(status);
  for (const status of [200, 201, 204]) expect(taken).toContain(status);
}, 300_000);
