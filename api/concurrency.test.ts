import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { transaction } from '#core/db/transaction.ts';
import { expectNothingPending } from './testing/contract.ts';
import {
  type Api,
  type ApiResponse,
  activeListener,
  activeLoadBalancer,
  activePool,
  SUBNET,
  startApi,
} from './testing/harness.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterEach(() => api.finish());
afterAll(() => api.close());

const statuses = (answers: readonly ApiResponse[]) =>
  answers.map((answer) => answer.status).toSorted((a, b) => a - b);
const count = async (sql: string, values: unknown[]) =>
  (await api.database.query(sql, values)).rowCount;

test('of many clients creating on one load balancer at once, one wins and the others write nothing', async () => {
  const id = await activeLoadBalancer(api);
  api.provider.calls.length = 0;
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, index) =>
      index % 2 === 0
        ? api.post('/listeners', {
            listener: { loadbalancer_id: id, protocol: 'TCP', protocol_port: 100 + index },
          })
        : api.post('/pools', {
            pool: { loadbalancer_id: id, protocol: 'TCP', lb_algorithm: 'ROUND_ROBIN' },
          }),
    ),
  );
  expect(statuses(answers)).toEqual([201, ...Array.from({ length: 7 }, () => 409)]);
  const rows =
    ((await count('select from listener where load_balancer_id = $1', [id])) ?? 0) +
    ((await count('select from pool where load_balancer_id = $1', [id])) ?? 0);
  expect(rows).toBe(1);
  expect(api.provider.calls).toHaveLength(1);
});

test('update, delete and failover at once: exactly one takes the load balancer', async () => {
  const id = await activeLoadBalancer(api);
  const answers = await Promise.all([
    api.put(`/loadbalancers/${id}`, { loadbalancer: { name: 'x' } }),
    api.delete(`/loadbalancers/${id}?cascade=true`),
    api.put(`/loadbalancers/${id}/failover`),
    api.post('/pools', {
      pool: { loadbalancer_id: id, protocol: 'TCP', lb_algorithm: 'ROUND_ROBIN' },
    }),
  ]);
  const won = answers.filter((answer) => answer.status < 300);
  expect(won).toHaveLength(1);
  for (const lost of answers.filter((answer) => answer.status >= 300))
    expect(lost.status, lost.text).toBe(409);
});

test('a load balancer with children is refused for them first, whatever its state and however young they are', async () => {
  const outcomes = new Set<string>();
  for (let round = 0; round < 6; round++) {
    const id = await activeLoadBalancer(api);
    const listener = { loadbalancer_id: id, protocol: 'TCP', protocol_port: 1 };
    const [made, gone] = await Promise.all([
      api.post('/listeners', { listener }),
      api.delete(`/loadbalancers/${id}`),
    ]);
    outcomes.add(`${made.status} ${gone.status}`);
    if (made.status === 201) {
      const children = `Validation failure: Cannot delete Load Balancer ${id} - it has children`;
      expect(gone.json?.faultstring).toBe(children);
    }
  }
  expect(['201 400', '409 204']).toEqual(expect.arrayContaining([...outcomes]));

  const busy = await activeLoadBalancer(api);
  await api.put(`/loadbalancers/${busy}`, { loadbalancer: { name: 'x' } });
  const alone = await api.delete(`/loadbalancers/${busy}`);
  expect([alone.status, alone.json.faultstring]).toEqual([
    409,
    `Invalid state PENDING_UPDATE of loadbalancer resource ${busy}`,
  ]);
});

test('members of one pool at once: one is created, the others are told that pool or load balancer is busy', async () => {
  const pool = await activePool(api, await activeLoadBalancer(api));
  const answers = await Promise.all(
    Array.from({ length: 6 }, (_, index) =>
      api.post(`/pools/${pool}/members`, {
        member: { address: '10.0.0.1', protocol_port: 1 + index },
      }),
    ),
  );
  expect(statuses(answers)).toEqual([201, 409, 409, 409, 409, 409]);
  expect(await count('select from member where pool_id = $1', [pool])).toBe(1);
});

test('two pools for one listener at once: it gets one default pool', async () => {
  const id = await activeLoadBalancer(api);
  const listener = await activeListener(api, id);
  const answers = await Promise.all(
    [1, 2].map(() =>
      api.post('/pools', {
        pool: { listener_id: listener, protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN' },
      }),
    ),
  );
  expect(statuses(answers)).toEqual([201, 409]);
});

test('a load balancer whose lock somebody holds is refused once the holder is done', async () => {
  const id = await activeLoadBalancer(api);
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  const { promise: taken, resolve: isTaken } = Promise.withResolvers<void>();
  const holder = transaction(api.database, async (tx) => {
    await tx.query(
      `update load_balancer set provisioning_status = 'PENDING_UPDATE' where id = $1`,
      [id],
    );
    isTaken();
    await held;
  });
  await taken;
  const waiting = api.put(`/loadbalancers/${id}`, { loadbalancer: { name: 'late' } });
  release();
  await holder;
  expect((await waiting).status).toBe(409);
});

test('a refused load balancer leaves nothing behind: no row, no child, no VIP port', async () => {
  api.provider.ports.clear();
  const answer = await api.post('/loadbalancers', {
    loadbalancer: {
      name: 'half',
      vip_subnet_id: SUBNET,
      listeners: [
        { protocol: 'HTTP', protocol_port: 80 },
        { protocol: 'TCP', protocol_port: 80 },
      ],
    },
  });
  expect(answer.status).toBe(409);
  expect(await count(`select from load_balancer where name = 'half'`, [])).toBe(0);
  expect(api.provider.ports.size).toBe(0);
  await expectNothingPending(api);
});

// The activity of a transaction that has looked stays as it was, so this is asked outside of any.
const WAITING = `select from pg_stat_activity
  where datname = current_database() and wait_event_type = 'Lock'`;

const whileOneWaits = () =>
  vi.waitFor(async () => expect(await count(WAITING, [])).toBe(1), { timeout: 60_000 });

test('a pool that goes while a listener waits to use it is not found', async () => {
  const id = await activeLoadBalancer(api);
  const listener = await activeListener(api, id);
  const using = [
    (poolId: string) =>
      api.put(`/listeners/${listener}`, { listener: { default_pool_id: poolId } }),
    (poolId: string) =>
      api.post('/listeners', {
        listener: {
          loadbalancer_id: id,
          protocol: 'HTTP',
          protocol_port: 81,
          default_pool_id: poolId,
        },
      }),
  ];
  for (const use of using) {
    const pool = await activePool(api, id);
    const { promise: waiting, resolve: isWaiting } = Promise.withResolvers<unknown>();
    const { promise: held, resolve: isHeld } = Promise.withResolvers<unknown>();
    const holder = transaction(api.database, async (tx) => {
      await tx.query('select from load_balancer where id = $1 for update', [id]);
      isHeld(null);
      await waiting;
      await tx.query('delete from pool where id = $1', [pool]);
    });
    await held;
    const answer = use(pool);
    await whileOneWaits().finally(() => isWaiting(null));
    await holder;
    const { status, json } = await answer;
    expect([status, json.faultstring]).toEqual([404, `Pool ${pool} not found.`]);
  }
  await expectNothingPending(api);
});

test('a load balancer that goes while a request waits for it is not found', async () => {
  const id = await activeLoadBalancer(api);
  const { promise: waiting, resolve: isWaiting } = Promise.withResolvers<unknown>();
  const { promise: held, resolve: isHeld } = Promise.withResolvers<unknown>();
  const holder = transaction(api.database, async (tx) => {
    await tx.query('select from load_balancer where id = $1 for update', [id]);
    isHeld(null);
    await waiting;
    await tx.query(`update load_balancer set provisioning_status = 'DELETED' where id = $1`, [id]);
  });
  await held;
  const answer = api.put(`/loadbalancers/${id}`, { loadbalancer: { name: 'late' } });
  await whileOneWaits().finally(() => isWaiting(null));
  await holder;
  const { status, json } = await answer;
  expect([status, json.faultstring]).toEqual([404, `Load Balancer ${id} not found.`]);
});
