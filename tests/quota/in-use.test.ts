import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Faults } from '#drivers/noop/faults.ts';
import { noAuth } from '../../api/auth/none.ts';
import { type Api, PROJECT, SUBNET, startApi } from '../../api/testing/harness.ts';
import { markActive, markDeleted } from '../../worker/steps/load-balancer.ts';
import { removePool } from '../../worker/steps/pool.ts';
import {
  impatientClock,
  memoryCloud,
  noopWorld,
  silentLogger,
} from '../../worker/testing/noop-world.ts';
import type { World } from '../../worker/world.ts';

// Clients create and delete at the limit, all at once, while a worker finishes what it finds.

const LIMITS = { load_balancer: 3, listener: 3, pool: 3, member: 4, health_monitor: 2 };
type Noun = keyof typeof LIMITS;
const NOUNS = Object.keys(LIMITS) as Noun[];

let api: Api;
let world: World;
beforeAll(async () => {
  const limits = Object.entries(LIMITS).map(([noun, limit]) => `default_${noun}_quota = ${limit}`);
  api = await startApi(`[quotas]\n${limits.join('\n')}\n`, {
    auth: { ...noAuth(null), isQuotaEnforced: true },
  });
  const { database } = api;
  const cloud = memoryCloud();
  const faults = new Faults();
  world = noopWorld({ database, cloud, faults, clock: impatientClock, logger: silentLogger });
});
afterAll(() => api.close());

type Operation = {
  readonly does:
    | 'create'
    | 'populate'
    | 'listen'
    | 'pool'
    | 'join'
    | 'watch'
    | 'drop'
    | 'delete'
    | 'work';
  /** Which of the objects that are there. */
  readonly which: number;
};
const operation: fc.Arbitrary<Operation> = fc.record({
  does: fc.constantFrom<Operation['does'][]>(
    'create',
    'create',
    'populate',
    'listen',
    'pool',
    'join',
    'watch',
    'drop',
    'delete',
    'work',
    'work',
  ),
  which: fc.nat({ max: 2 }),
});

async function idOf(noun: Noun, which: number): Promise<string> {
  const found = await api.database.query<{ id: string }>(
    `select id from ${noun} where provisioning_status <> 'DELETED' order by created_at, id`,
  );
  return found.rows[which % Math.max(1, found.rows.length)]?.id ?? 'nothing';
}

let port = 1;
const pool = { protocol: 'TCP', lb_algorithm: 'SOURCE_IP' };
const member = () => ({ address: '10.0.0.1', protocol_port: (port++ % 60_000) + 1 });
const monitor = { type: 'TCP', delay: 1, timeout: 1, max_retries: 1 };

/** @returns the status of the answer */
async function perform({ does, which }: Operation): Promise<number> {
  const loadbalancer_id = await idOf('load_balancer', which);
  const pool_id = await idOf('pool', which);
  switch (does) {
    case 'create':
      return (await api.post('/loadbalancers', { loadbalancer: { vip_subnet_id: SUBNET } })).status;
    case 'populate': {
      const own = { ...pool, name: 'p', members: [member(), member()], healthmonitor: monitor };
      const loadbalancer = { vip_subnet_id: SUBNET, pools: [own] };
      return (await api.post('/loadbalancers', { loadbalancer })).status;
    }
    case 'listen': {
      const { protocol_port } = member();
      const listener = { loadbalancer_id, protocol: 'TCP', protocol_port };
      return (await api.post('/listeners', { listener })).status;
    }
    case 'pool':
      return (await api.post('/pools', { pool: { loadbalancer_id, ...pool } })).status;
    case 'join':
      return (await api.post(`/pools/${pool_id}/members`, { member: member() })).status;
    case 'watch':
      return (await api.post('/healthmonitors', { healthmonitor: { pool_id, ...monitor } })).status;
    case 'drop':
      return (await api.delete(`/pools/${pool_id}`)).status;
    case 'delete':
      return (await api.delete(`/loadbalancers/${loadbalancer_id}?cascade=true`)).status;
    case 'work':
      await finishEverything();
      return 200;
  }
}

/** What the worker's flows end with, for all that is pending. */
async function finishEverything(): Promise<void> {
  const going = await api.database.query<{ loadBalancerId: string; poolId: string }>(
    `select load_balancer_id as "loadBalancerId", id as "poolId" from pool where provisioning_status = 'PENDING_DELETE'`,
  );
  for (const each of going.rows) await removePool.run(each, world);
  const pending = await api.database.query<{ id: string; status: string }>(
    `select id, provisioning_status as status from load_balancer where provisioning_status like 'PENDING%'`,
  );
  for (const { id, status } of pending.rows)
    await (status === 'PENDING_DELETE' ? markDeleted : markActive).run(
      { loadBalancerId: id },
      world,
    );
}

async function expectExact(): Promise<void> {
  const found = await api.database.query('select * from quota where project_id = $1', [PROJECT]);
  const record = found.rows[0] as Record<string, number> | undefined;
  for (const noun of NOUNS) {
    const rows = await api.database.query<{ count: number }>(
      `select count(*) from ${noun} where provisioning_status <> 'DELETED'`,
    );
    const there = rows.rows[0]?.count ?? 0;
    expect(there, `${noun}s there are`).toBeLessThanOrEqual(LIMITS[noun]);
    expect(record?.[`${noun}_in_use`] ?? 0, `${noun}s in use`).toBe(there);
  }
}

test('however clients create and delete at once, never more than the limit, and never a wrong count', async () => {
  const answers = new Set<number>();
  const rounds = fc.array(fc.array(operation, { minLength: 1, maxLength: 6 }), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(rounds, async (all) => {
      await api.database.query('delete from load_balancer');
      await api.database.query('delete from quota');
      for (const round of all) {
        for (const status of await Promise.all(round.map(perform))) answers.add(status);
        await expectExact();
      }
      await finishEverything();
      for (;;) {
        const id = await idOf('load_balancer', 0);
        if (id === 'nothing') break;
        expect((await api.delete(`/loadbalancers/${id}?cascade=true`)).status).toBe(204);
        await finishEverything();
      }
      await expectExact();
    }),
    // Requests race each other, so each run looks where others have looked before.
    { numRuns: 40, seed: 1 },
  );
  // It must have met the limits, the locks and success, or this proves nothing.
  for (const status of [201, 204, 403, 404, 409]) expect(answers).toContain(status);
}, 300_000);
