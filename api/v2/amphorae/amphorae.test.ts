import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Api, activeLoadBalancer, startApi } from '../../testing/harness.ts';

let api: Api;
let loadBalancerId: string;
const amphora = randomUUID();
const orphan = randomUUID();
const deleted = randomUUID();
const failed = randomUUID();
const PATH = '/v2.0/octavia/amphorae';

beforeAll(async () => {
  api = await startApi();
  loadBalancerId = await activeLoadBalancer(api);
  const insert = (id: string, lb: string | null, status: string) =>
    api.database.query('insert into amphora (id, load_balancer_id, status) values ($1, $2, $3)', [
      id,
      lb,
      status,
    ]);
  await insert(amphora, loadBalancerId, 'ALLOCATED');
  await insert(orphan, null, 'BOOTING');
  await insert(deleted, loadBalancerId, 'DELETED');
});
beforeEach(() => api.finish());
afterAll(() => api.close());

test('deleted amphorae are neither listed nor shown', async () => {
  const list = await api.get(PATH);
  const ids = list.json.amphorae.map((row: { id: string }) => row.id).toSorted();
  expect(ids).toEqual([amphora, orphan].toSorted());
  expect((await api.get(`${PATH}/${deleted}`)).json.faultstring).toBe(
    `Amphora ${deleted} not found.`,
  );
});

const idsOf = async (query: string): Promise<string[]> =>
  (await api.get(`${PATH}?${query}`)).json.amphorae.map((row: { id: string }) => row.id);

test('amphorae are found by load balancer, by its project and by status', async () => {
  expect(await idsOf(`loadbalancer_id=${loadBalancerId}`)).toEqual([amphora]);
  expect(await idsOf('project_id=a1b2c3d4e5f6')).toEqual([amphora]);
  expect(await idsOf('project_id=else')).toEqual([]);
  expect(await idsOf('status=BOOTING&tags=ignored')).toEqual([orphan]);
});

test('a failover locks the load balancer and leaves one flow, and a second one is refused', async () => {
  const first = await api.put(`${PATH}/${amphora}/failover`);
  expect(first.status, first.text).toBe(202);
  const shown = await api.get(`/loadbalancers/${loadBalancerId}`);
  expect(shown.json.loadbalancer.provisioning_status).toBe('PENDING_UPDATE');
  const flows = await api.database.query('select name, queue_name from dbos.workflow_status');
  expect(flows.rows).toEqual([{ name: 'amphora-failover', queue_name: 'failovers' }]);
  const second = await api.put(`${PATH}/${amphora}/failover`);
  expect(second.status).toBe(409);
  expect(second.json.faultstring).toBe(
    `Load Balancer ${loadBalancerId} is immutable and cannot be updated.`,
  );
});

const flowsNamed = async (name: string) => {
  const found = await api.database.query(
    `select given.inputs::jsonb #> '{positionalArgs,0}' as input, deduplication_id
     from dbos.workflow_status join dbos.workflow_input given using (workflow_uuid) where name = $1`,
    [name],
  );
  return found.rows;
};

test('the configuration of an agent is sent anew without a lock, as often as an administrator asks', async () => {
  for (let time = 1; time <= 2; time++)
    expect((await api.put(`${PATH}/${amphora}/config`)).status).toBe(202);
  expect(await flowsNamed('amphora-config-update')).toEqual([
    { input: { amphoraId: amphora }, deduplication_id: null },
    { input: { amphoraId: amphora }, deduplication_id: null },
  ]);
  const shown = await api.get(`/loadbalancers/${loadBalancerId}`);
  expect(shown.json.loadbalancer.provisioning_status).toBe('ACTIVE');
  expect((await api.get(`${PATH}/${amphora}`)).json.amphora.status).toBe('ALLOCATED');
});

test('only an amphora in ERROR is deleted alone, and once', async () => {
  await api.database.query(`insert into amphora (id, status) values ($1, 'ERROR')`, [failed]);
  const answers = await Promise.all([1, 2, 3].map(() => api.delete(`${PATH}/${failed}`)));
  expect(answers.map((answer) => answer.status).toSorted((a, b) => a - b)).toEqual([204, 409, 409]);
  expect((await api.get(`${PATH}/${failed}`)).json.amphora.status).toBe('PENDING_DELETE');
  expect(await flowsNamed('amphora-delete')).toEqual([
    { input: { amphoraId: failed }, deduplication_id: null },
  ]);
  const serving = await api.delete(`${PATH}/${amphora}`);
  expect(serving.status).toBe(409);
  expect(serving.json.faultstring).toBe(`amphora ${amphora} is immutable and cannot be updated.`);
  expect((await api.delete(`${PATH}/${deleted}`)).status).toBe(404);
  expect((await api.delete(`${PATH}/${randomUUID()}`)).status).toBe(404);
});

test('nothing else may be done to an amphora: 405, or 400 for parameters', async () => {
  for (const method of ['POST', 'PUT', 'PATCH'] as const) {
    const answer = await api.request(method, `${PATH}/${amphora}`, {});
    expect(answer.status).toBe(405);
    expect(answer.headers['allow']).toBe('DELETE, GET');
  }
  for (const path of ['config', 'failover'])
    expect((await api.put(`${PATH}/${amphora}/${path}?x=1`)).json.faultstring).toBe(
      'Unknown argument: "x"',
    );
});

test('an amphora of no load balancer, or without statistics, is answered 404', async () => {
  expect((await api.put(`${PATH}/${orphan}/failover`)).status).toBe(404);
  expect((await api.put(`${PATH}/${orphan}/config`)).status).toBe(404);
  expect((await api.get(`${PATH}/${amphora}/stats`)).json.faultstring).toBe(
    `Amphora stats for ${amphora} not found.`,
  );
});

test('deleting all amphorae at once is refused, for want of an id', async () => {
  const answer = await api.delete(PATH);
  expect([answer.status, answer.json.faultstring]).toEqual([400, 'Missing argument: "id"']);
});
