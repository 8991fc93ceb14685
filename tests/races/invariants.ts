import { expect } from 'vitest';
import type { Database } from '#core/db/pool.ts';
import type { NoopCloud } from '../../worker/testing/noop-world.ts';

const NOUNS = ['load_balancer', 'listener', 'pool', 'member', 'health_monitor'] as const;

export interface Aftermath {
  readonly database: Database;
  readonly cloud: NoopCloud;
  /** Requests that the API accepted. */
  readonly accepted: number;
}

async function rowsOf<Row extends object>(db: Database, sql: string): Promise<readonly Row[]> {
  return (await db.query<Row>(sql)).rows;
}

/** Nothing failed on purpose, so everything is ACTIVE, or deleted and gone. */
export async function expectSettled({ database }: Aftermath): Promise<void> {
  for (const noun of NOUNS)
    expect(
      await rowsOf(
        database,
        `select id, provisioning_status from ${noun} where provisioning_status not in ('ACTIVE', 'DELETED')`,
      ),
      noun,
    ).toEqual([]);
  expect(
    await rowsOf(
      database,
      `select id, status from amphora where status not in ('ALLOCATED', 'DELETED')`,
    ),
  ).toEqual([]);
  expect(await rowsOf(database, 'select load_balancer_id from vip_intent')).toEqual([]);
}

/** Each load balancer has the amphorae, machines, volumes and ports of its topology, and nobody has any others. */
export async function expectCloudAsStored({ database, cloud }: Aftermath): Promise<void> {
  const balancers = await rowsOf<{ id: string; topology: string; amphorae: readonly Stored[] }>(
    database,
    `select lb.id, lb.topology, coalesce(json_agg(json_build_object(
       'id', a.id, 'computeId', a.compute_id, 'vrrpPortId', a.vrrp_port_id)) filter (where a.id is not null), '[]') as amphorae
     from load_balancer lb left join amphora a on a.load_balancer_id = lb.id and a.status <> 'DELETED'
     where lb.provisioning_status <> 'DELETED' group by lb.id`,
  );
  for (const { id, topology, amphorae } of balancers)
    expect([id, amphorae.length]).toEqual([id, topology === 'SINGLE' ? 1 : 2]);
  const stored = balancers.flatMap(({ amphorae }) => amphorae);
  const machines = await cloud.machines.all();
  for (const made of [machines, await cloud.volumes.all()])
    expect(made.map(({ amphoraId }) => amphoraId).toSorted()).toEqual(
      stored.map(({ id }) => id).toSorted(),
    );
  const ports = await cloud.ports.all();
  const own = ports.filter(({ name }) => name.startsWith('octavia-lb-vrrp-'));
  expect(own.map((port) => `${port.deviceId} ${port.id}`).toSorted()).toEqual(
    stored.map(({ computeId, vrrpPortId }) => `${computeId} ${vrrpPortId}`).toSorted(),
  );
  const devices = new Set(machines.map(({ computeId }) => computeId));
  expect(ports.filter(({ deviceId }) => !devices.has(deviceId))).toEqual([]);
  expect(await cloud.vipPorts.all()).toHaveLength(balancers.length);
  const pairs = balancers.filter(({ topology }) => topology === 'ACTIVE_STANDBY');
  expect(await cloud.serverGroups.all()).toHaveLength(pairs.length);
}

interface Stored {
  readonly id: string;
  readonly computeId: string;
  readonly vrrpPortId: string;
}

/** Whatever was accepted became one operation, which ended well, once. */
export async function expectOperationsOnce({ database, accepted }: Aftermath): Promise<void> {
  const flows = await rowsOf<{ status: string }>(
    database,
    'select status from dbos.workflow_status',
  );
  expect([...new Set(flows.map(({ status }) => status))]).toEqual(['SUCCESS']);
  expect(flows.length).toBe(accepted);
  const told = await rowsOf<{ verdicts: string; count: number }>(
    database,
    `select verdicts, count(*)::int as count from (
       select flow_id, string_agg(substring(type from '[^.]+$'), ' ' order by id) as verdicts
       from event where object_type = 'operation' group by flow_id) flow group by verdicts`,
  );
  expect(told).toEqual([{ verdicts: 'start end', count: accepted }]);
}

/** Each event of an object's status begins where the one before ended. */
export async function expectStatusesTold({ database }: Aftermath): Promise<void> {
  const broken = await rowsOf(
    database,
    `select * from (
       select id, object_type, object_id, field, old_status, new_status, flow,
         lag(new_status) over (partition by object_id, field order by id) as previous
       from event where field is not null) told
     where old_status is distinct from previous and previous is not null or old_status = new_status`,
  );
  expect(broken).toEqual([]);
}

/** What projects are said to use is what they have. */
export async function expectQuotaTrue({ database }: Aftermath): Promise<void> {
  for (const noun of NOUNS) {
    const [used] = await rowsOf<{ used: number; had: number }>(
      database,
      `select coalesce(sum(${noun}_in_use), 0)::int as used,
         (select count(*)::int from ${noun} where provisioning_status <> 'DELETED') as had from quota`,
    );
    expect([noun, used?.used]).toEqual([noun, used?.had]);
  }
}
