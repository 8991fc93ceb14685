import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'pg';
import type { Transaction } from '#core/ports/transaction.ts';
import { enqueue } from '#core/queue/enqueue.ts';

const LOOKS_MAX = 3000;
const LOOK_INTERVAL_MS = 100;

/** Load balancers as the API leaves them, each with its flow, all in one transaction: they wait in the queue together. */
export async function requestCreates(client: Client, count: number): Promise<readonly string[]> {
  const tx = client as unknown as Transaction;
  const ids: string[] = [];
  await client.query('begin');
  for (let index = 0; index < count; index++) {
    const id = randomUUID();
    await client.query(
      `insert into load_balancer (id, project_id, is_enabled, provisioning_status, operating_status, topology, provider, vip_subnet_id)
       values ($1, 'bench', true, 'PENDING_CREATE', 'OFFLINE', 'SINGLE', 'amphora', $2)`,
      [id, randomUUID()],
    );
    await enqueue(tx, 'load-balancer-create', { loadBalancerId: id }, { requestId: 'req-bench' });
    ids.push(id);
  }
  await client.query('commit');
  return ids;
}

/** Waits until every one of them is ACTIVE. @throws when one ended otherwise, or none ended for minutes */
export async function untilActive(client: Client, ids: readonly string[]): Promise<void> {
  for (let look = 0; look < LOOKS_MAX; look++) {
    const found = await client.query<{ status: string; count: number }>(
      `select provisioning_status as status, count(*)::int as count from load_balancer
       where id = any($1::uuid[]) group by 1`,
      [ids],
    );
    const counts = new Map(found.rows.map((row) => [row.status, row.count]));
    if (counts.get('ACTIVE') === ids.length) return;
    if (counts.has('ERROR')) throw new Error(`${counts.get('ERROR')} creates ended in ERROR`);
    await delay(LOOK_INTERVAL_MS);
  }
  throw new Error('the creates did not end');
}

/** When the flows of these load balancers were asked for, taken and ended, by the database's clock. */
export interface FlowTimes {
  readonly enqueuedMs: number;
  readonly startedMs: number;
  readonly endedMs: number;
}

export async function timesOf(client: Client, ids: readonly string[]): Promise<FlowTimes[]> {
  for (let look = 0; look < LOOKS_MAX; look++) {
    const found = await client.query<FlowTimes>(
      `select flow.created_at::float8 as "enqueuedMs", flow.started_at_epoch_ms::float8 as "startedMs",
         flow.completed_at::float8 as "endedMs"
       from dbos.workflow_status flow join dbos.workflow_input given using (workflow_uuid)
       where flow.status = 'SUCCESS'
         and given.inputs::jsonb -> 'positionalArgs' -> 0 ->> 'loadBalancerId' = any($1)`,
      [ids],
    );
    if (found.rows.length === ids.length) return found.rows;
    await delay(LOOK_INTERVAL_MS);
  }
  throw new Error('the flows were not noted as ended');
}
