import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Database } from '#core/db/pool.ts';
import { type Api, SUBNET, startApi } from '../../testing/harness.ts';
import { sweepVipPorts } from '../../vip-sweeper.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterEach(() => {
  ending = 'commit';
  api.provider.ports.clear();
});
afterAll(() => api.close());

/** What becomes of the transaction that stores a load balancer, of which the API hears only that the connection broke. */
let ending: 'commit' | 'committed unheard' | 'rolled back unheard' = 'commit';

async function breakingClient(connect: () => Promise<pg.PoolClient>): Promise<pg.PoolClient> {
  const client = await connect();
  let isStoring = false;
  const query = async (text: string, values?: unknown[]) => {
    if (text.startsWith('insert into load_balancer ')) isStoring = true;
    if (text !== 'commit' || !isStoring || ending === 'commit') return client.query(text, values);
    await client.query(ending === 'committed unheard' ? 'commit' : 'rollback');
    throw Object.assign(new Error('Connection terminated unexpectedly'), { code: '08006' });
  };
  return { query, release: (error?: Error) => client.release(error) } as unknown as pg.PoolClient;
}

function onABreakingConnection(): Promise<Api> {
  const { database } = api;
  const breaking = {
    query: database.query.bind(database),
    connect: () => breakingClient(() => database.connect()),
  } as unknown as Database;
  return startApi('', { database: breaking, providers: api.context.providers });
}

const create = (on: Api) => on.post('/loadbalancers', { loadbalancer: { vip_subnet_id: SUBNET } });
const intents = async () => (await api.database.query('select * from vip_intent')).rows;

test('a COMMIT that succeeded unheard leaves the load balancer its VIP port', async () => {
  const breaking = await onABreakingConnection();
  ending = 'committed unheard';
  expect((await create(breaking)).status).toBe(503);
  ending = 'commit';
  const { loadbalancers } = (await api.get('/loadbalancers')).json;
  expect([...api.provider.ports]).toEqual(loadbalancers.map((each: { id: string }) => each.id));
  expect(loadbalancers).toHaveLength(1);
  expect(await intents()).toEqual([]);
  await breaking.close();
});

test('a COMMIT that was rolled back unheard gives the VIP port back', async () => {
  const breaking = await onABreakingConnection();
  const before = (await api.get('/loadbalancers')).json;
  ending = 'rolled back unheard';
  expect((await create(breaking)).status).toBe(503);
  ending = 'commit';
  expect((await api.get('/loadbalancers')).json).toEqual(before);
  expect(api.provider.ports.size).toBe(0);
  expect(await intents()).toEqual([]);
  await breaking.close();
});

async function leaveBehind(ageMinutes: number, provider = 'amphora'): Promise<string> {
  const id = randomUUID();
  api.provider.ports.add(id);
  await api.database.query(
    `insert into vip_intent values ($1, $2, '{"portId": null}', false, now() - make_interval(mins => $3))`,
    [id, provider, ageMinutes],
  );
  return id;
}

test('the port of an API that was killed is given back after a while, that of one at work is left', async () => {
  await leaveBehind(11);
  await leaveBehind(11);
  const atWork = await leaveBehind(9);
  await Promise.all([sweepVipPorts(api.context), sweepVipPorts(api.context)]);
  expect([...api.provider.ports]).toEqual([atWork]);
  expect(
    (await intents()).map((row: { load_balancer_id: string }) => row.load_balancer_id),
  ).toEqual([atWork]);
  await api.database.query('delete from vip_intent');
});

test('a port that cannot be given back now stays on record, and does not hold the others up', async () => {
  const stuck = await leaveBehind(12, 'gone');
  const other = await leaveBehind(11);
  await sweepVipPorts(api.context);
  expect(api.provider.ports).not.toContain(other);
  expect(
    (await intents()).map((row: { load_balancer_id: string }) => row.load_balancer_id),
  ).toEqual([stuck]);
  await api.database.query('delete from vip_intent');
});

test('a request that is slower than the sweep is refused, since its port is gone', async () => {
  const { provider } = api;
  const make = provider.createVipPort?.bind(provider);
  provider.createVipPort = async (...wanted) => {
    const made = await make?.(...wanted);
    await api.database.query(`update vip_intent set created_at = now() - interval '1 hour'`);
    await sweepVipPorts(api.context);
    if (made === undefined) throw new Error('the test provider makes ports');
    return made;
  };
  const answer = await create(api);
  Object.assign(provider, { createVipPort: make });
  expect([answer.status, answer.json.faultstring]).toEqual([
    503,
    'The VIP port took too long and was given back. Please try again.',
  ]);
  expect(api.provider.ports.size).toBe(0);
  expect(await intents()).toEqual([]);
});
