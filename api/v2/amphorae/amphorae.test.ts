import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { migrateEngine } from '../../../worker/engine/schema.ts';
import { type Api, activeLoadBalancer, startApi } from '../../testing/harness.ts';

let api: Api;
let loadBalancerId: string;
const amphora = randomUUID();
const orphan = randomUUID();
const deleted = randomUUID();
const PATH = '/v2.0/octavia/amphorae';

beforeAll(async () => {
  api = await startApi();
  await migrateEngine(String(api.database.options.connectionString));
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

test('an amphora of no load balancer, or without statistics, is answered 404', async () => {
  expect((await api.put(`${PATH}/${orphan}/failover`)).status).toBe(404);
  expect((await api.get(`${PATH}/${amphora}/stats`)).json.faultstring).toBe(
    `Amphora stats for ${amphora} not found.`,
  );
});
