import { afterAll, beforeAll, expect, test } from 'vitest';
import { Faults } from '#drivers/noop/faults.ts';
import { noAuth } from '../../api/auth/none.ts';
import {
  type Api,
  activeLoadBalancer,
  activePool,
  PROJECT,
  startApi,
} from '../../api/testing/harness.ts';
import { removeUnlistedMembers } from '../../worker/steps/member.ts';
import {
  impatientClock,
  memoryCloud,
  noopWorld,
  silentLogger,
} from '../../worker/testing/noop-world.ts';
import type { World } from '../../worker/world.ts';

let api: Api;
let world: World;
beforeAll(async () => {
  api = await startApi('[quotas]\ndefault_member_quota = 12\n', {
    auth: { ...noAuth(null), isQuotaEnforced: true },
  });
  const { database } = api;
  const cloud = memoryCloud();
  const faults = new Faults();
  world = noopWorld({ database, cloud, faults, clock: impatientClock, logger: silentLogger });
});
afterAll(() => api.close());

interface OfPool {
  readonly loadBalancerId: string;
  readonly poolId: string;
}

const at = (port: number) => ({ address: '10.0.0.1', protocol_port: port });

/** What API and worker do for one batch: then the members left out are gone. */
async function batch(pool: OfPool, ports: readonly number[]): Promise<number> {
  const path = `/pools/${pool.poolId}/members`;
  const answer = await api.put(path, { members: ports.map(at) });
  if (answer.status === 202) await removeUnlistedMembers.run(pool, world);
  return answer.status;
}

async function inUseAndThere(): Promise<unknown> {
  const found = await api.database.query(
    `select member_in_use as "inUse", (select count(*) from member) as there from quota where project_id = $1`,
    [PROJECT],
  );
  return found.rows[0];
}

test('batches at once that replace members leave the quota at what there is', async () => {
  const pools: OfPool[] = [];
  for (let index = 0; index < 4; index++) {
    const loadBalancerId = await activeLoadBalancer(api);
    pools.push({ loadBalancerId, poolId: await activePool(api, loadBalancerId) });
  }
  for (const pool of pools) expect(await batch(pool, [1, 2, 3])).toBe(202);
  expect(await inUseAndThere()).toEqual({ inUse: 12, there: 12 });

  const turns = [[4, 5, 6], [6, 7], [8, 9], [9]];
  for (const ports of turns) {
    const answers = await Promise.all(pools.map((pool) => batch(pool, ports)));
    expect(answers, 'no batch needs more room than there was').toEqual([202, 202, 202, 202]);
  }
  expect(await inUseAndThere()).toEqual({ inUse: 4, there: 4 });

  const [first, second, third, fourth] = pools as [OfPool, OfPool, OfPool, OfPool];
  const growing = await Promise.all([
    batch(first, [10, 11, 12, 13, 14]),
    batch(second, [10, 11, 12, 13, 14]),
    batch(third, [10]),
    batch(fourth, []),
  ]);
  expect(growing.slice(2)).toEqual([202, 202]);
  const taken = growing.filter((status) => status === 202).length - 2;
  expect(taken, 'twice four more are too many with the others at work').toBeGreaterThan(0);
  const there = 1 + (taken === 2 ? 10 : 6);
  expect(await inUseAndThere()).toEqual({ inUse: there, there });
  expect(await batch(third, [20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32])).toBe(403);
});
