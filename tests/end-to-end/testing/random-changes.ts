import type { Scene } from '../../../deploy/one-box/demo/scene.ts';
import type { TenantServer } from '../../../deploy/one-box/demo/tenant-server.ts';

/** A number from 0 to below 1; the same seed gives the same sequence. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface ApiMember {
  readonly id: string;
  readonly address: string;
  readonly protocol_port: number;
  readonly weight: number;
  readonly backup: boolean;
  readonly admin_state_up: boolean;
}

export interface Chaos {
  readonly scene: Scene;
  readonly loadBalancerId: string;
  readonly listenerId: string;
  readonly poolId: string;
  /** Its member is never touched, so that somebody always serves. */
  readonly anchor: TenantServer;
  readonly others: readonly TenantServer[];
  random(): number;
}

type Change = (chaos: Chaos) => Promise<string>;

/** One change that the API accepts, in force when this returns. @returns what it was */
export async function changeSomething(chaos: Chaos): Promise<string> {
  const change = pick(chaos, CHANGES);
  const what = await change(chaos);
  await chaos.scene.api.untilActive(chaos.loadBalancerId);
  return what;
}

export async function membersOf({ scene, poolId }: Chaos): Promise<readonly ApiMember[]> {
  const { members } = await scene.api.lbaas<{ members: ApiMember[] }>(
    'GET',
    `pools/${poolId}/members`,
  );
  return members;
}

export async function monitorOf({ scene, poolId }: Chaos): Promise<string | null> {
  const { pool } = await scene.api.lbaas<{ pool: { healthmonitor_id?: string | null } }>(
    'GET',
    `pools/${poolId}`,
  );
  return pool.healthmonitor_id ?? null;
}

function pick<Item>(chaos: Chaos, items: readonly [Item, ...Item[]]): Item {
  return items[Math.floor(chaos.random() * items.length)] ?? items[0];
}

const changeMember: Change = async (chaos) => {
  const { scene, poolId, anchor } = chaos;
  const [member, ...more] = (await membersOf(chaos)).filter(
    ({ address }) => address !== anchor.address,
  );
  if (member === undefined) return addMember(chaos);
  const { id, admin_state_up, backup } = pick(chaos, [member, ...more]);
  const changes = pick<object>(chaos, [
    { weight: 1 + Math.floor(chaos.random() * 255) },
    { admin_state_up: !admin_state_up },
    { backup: !backup },
  ]);
  await scene.api.lbaas('PUT', `pools/${poolId}/members/${id}`, { member: changes });
  return `member ${id} ${JSON.stringify(changes)}`;
};

const addMember: Change = async (chaos) => {
  const taken = new Set((await membersOf(chaos)).map(({ address }) => address));
  const free = chaos.others.find(({ address }) => !taken.has(address));
  if (free === undefined) return removeMember(chaos);
  const member = { address: free.address, protocol_port: free.port };
  await chaos.scene.api.lbaas('POST', `pools/${chaos.poolId}/members`, { member });
  return `a member more, ${free.name}`;
};

const removeMember: Change = async (chaos) => {
  const { scene, poolId, anchor } = chaos;
  const member = (await membersOf(chaos)).find(({ address }) => address !== anchor.address);
  if (member === undefined) return addMember(chaos);
  await scene.api.lbaas('DELETE', `pools/${poolId}/members/${member.id}`);
  return `member ${member.id} removed`;
};

const changePool: Change = async (chaos) => {
  const pool = pick<object>(chaos, [
    { lb_algorithm: 'ROUND_ROBIN' },
    { lb_algorithm: 'LEAST_CONNECTIONS' },
    { lb_algorithm: 'SOURCE_IP' },
    { session_persistence: { type: 'HTTP_COOKIE' } },
    { session_persistence: null },
  ]);
  await chaos.scene.api.lbaas('PUT', `pools/${chaos.poolId}`, { pool });
  return `pool ${JSON.stringify(pool)}`;
};

const changeListener: Change = async (chaos) => {
  const listener = pick<object>(chaos, [
    { connection_limit: 1000 + Math.floor(chaos.random() * 1000) },
    { timeout_client_data: 40_000 + Math.floor(chaos.random() * 10_000) },
    { insert_headers: { 'X-Forwarded-For': chaos.random() < 0.5 ? 'true' : 'false' } },
  ]);
  await chaos.scene.api.lbaas('PUT', `listeners/${chaos.listenerId}`, { listener });
  return `listener ${JSON.stringify(listener)}`;
};

const changeMonitor: Change = async (chaos) => {
  const { scene, poolId } = chaos;
  const id = await monitorOf(chaos);
  const times = { delay: 1 + Math.floor(chaos.random() * 3), timeout: 1, max_retries: 2 };
  if (id !== null && chaos.random() < 0.5) {
    await scene.api.lbaas('DELETE', `healthmonitors/${id}`);
    return 'health monitor removed';
  }
  if (id === null) {
    const healthmonitor = { ...times, type: 'HTTP', pool_id: poolId };
    await scene.api.lbaas('POST', 'healthmonitors', { healthmonitor });
  } else await scene.api.lbaas('PUT', `healthmonitors/${id}`, { healthmonitor: times });
  return `health monitor ${JSON.stringify(times)}`;
};

const changePolicies: Change = async (chaos) => {
  const { scene, listenerId } = chaos;
  const { l7policies } = await scene.api.lbaas<{ l7policies: { id: string }[] }>(
    'GET',
    `l7policies?listener_id=${listenerId}`,
  );
  const [first] = l7policies;
  if (first !== undefined) {
    await scene.api.lbaas('DELETE', `l7policies/${first.id}`);
    return 'L7 policy removed';
  }
  const { l7policy } = await scene.api.lbaas<{ l7policy: { id: string } }>('POST', 'l7policies', {
    l7policy: { listener_id: listenerId, action: 'REJECT' },
  });
  await scene.api.untilActive(chaos.loadBalancerId);
  const rule = { type: 'PATH', compare_type: 'STARTS_WITH', value: '/never' };
  await scene.api.lbaas('POST', `l7policies/${l7policy.id}/rules`, { rule });
  return 'an L7 policy more';
};

/** Members change more often than all else. */
const CHANGES: readonly [Change, ...Change[]] = [
  changeMember,
  changeMember,
  changeMember,
  addMember,
  removeMember,
  changePool,
  changeListener,
  changeMonitor,
  changePolicies,
];
