import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  type Api,
  activeHealthMonitor,
  activeLoadBalancer,
  activePool,
  startApi,
} from '../../testing/harness.ts';

let api: Api;
let parent: string;
let fresh: string;
let own: string;
beforeAll(async () => {
  api = await startApi();
  parent = await activeLoadBalancer(api);
  own = await activeHealthMonitor(api, await activePool(api, parent));
});
beforeEach(async () => {
  await api.finish();
  await api.database.query('delete from health_monitor where id <> $1', [own]);
  fresh ??= await activePool(api, parent);
});
afterAll(() => api.close());

const create = (attributes: object) =>
  api.post('/healthmonitors', {
    healthmonitor: {
      pool_id: fresh,
      type: 'HTTP',
      delay: 5,
      timeout: 3,
      max_retries: 2,
      ...attributes,
    },
  });
test('a domain name needs HTTP 1.1, on create as on update', async () => {
  const old = await create({ domain_name: 'a.example', http_version: '1.0' });
  expect(old.json.faultstring).toBe(
    'http_version 1.0 is not a valid option for health monitors HTTP 1.1 domain name health check',
  );
  const fine = await create({ domain_name: 'a.example', http_version: 1.1 });
  expect(fine.status, fine.text).toBe(201);
  expect(fine.text).toContain('"http_version":1.1');
  const bad = await create({ domain_name: '-a.example', http_version: 1.1 });
  expect(bad.json.faultstring).toContain('Value should match the pattern ^(?=.{1,253}');
});

test('HTTP fields are refused on other types, and shown as null', async () => {
  for (const field of ['http_method', 'url_path', 'expected_codes']) {
    const value = { http_method: 'GET', url_path: '/', expected_codes: '200' }[field];
    const answer = await create({ type: 'TCP', [field]: value });
    expect(answer.json.faultstring).toBe(
      `${field} is not a valid option for health monitors of type TCP`,
    );
  }
  const fine = await create({ type: 'TCP' });
  expect(fine.json.healthmonitor).toMatchObject({
    http_method: null,
    url_path: null,
    expected_codes: null,
    pools: [{ id: fresh }],
  });
});

test('a pool has one monitor at most', async () => {
  expect((await create({})).status).toBe(201);
  await api.finish();
  const second = await create({});
  expect(second.status).toBe(409);
  expect(second.json.faultstring).toBe('This pool already has a health monitor');
});

test('UDP pools take UDP-CONNECT, SCTP, TCP and HTTP, with a delay of at least three seconds', async () => {
  const pool_id = await activePool(api, parent, { protocol: 'UDP' });
  const wrong = await create({ pool_id, type: 'PING' });
  expect(wrong.json.faultstring).toBe(
    'Validation failure: The associated pool protocol is UDP, so only a UDP-CONNECT/SCTP/TCP/HTTP health monitor is supported.',
  );
  const fast = await create({ pool_id, type: 'UDP-CONNECT', delay: 2 });
  expect(fast.json.faultstring).toBe(
    'Validation failure: The request delay value 2 should be larger than 3 for UDP-CONNECT health monitor type.',
  );
  expect((await create({ pool_id, type: 'UDP-CONNECT', delay: 3 })).status).toBe(201);
});

test('versions of HTTP keep their decimal, wherever a monitor is shown', async () => {
  const made = await create({ http_version: 1 });
  expect(made.text).toContain('"http_version":1.0');
  const { id } = made.json.healthmonitor;
  await api.finish();
  for (const path of [`/healthmonitors/${id}`, `/healthmonitors?id=${id}&fields=http_version`])
    expect((await api.get(path)).text).toContain('"http_version":1.0');
  const later = await api.put(`/healthmonitors/${id}`, { healthmonitor: { http_version: '1.1' } });
  expect(later.text).toContain('"http_version":1.1');
});
