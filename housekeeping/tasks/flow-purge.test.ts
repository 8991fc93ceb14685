import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { transaction } from '#core/db/transaction.ts';
import { enqueue } from '#core/queue/enqueue.ts';
import { createTestDatabase, type TestDatabase } from '../../tests/testing/servers.ts';
import { flowPurge } from './flow-purge.ts';

const WEEK_SECONDS = 604_800;
const weekly = flowPurge(WEEK_SECONDS);
let own: TestDatabase;
beforeAll(async () => {
  own = await createTestDatabase();
});
afterAll(() => own.close());

async function aFlow(status: string, ageSeconds: number): Promise<string> {
  const id = await transaction(own.database, (tx) =>
    enqueue(tx, 'load-balancer-create', { loadBalancerId: randomUUID() }, { requestId: 'req-1' }),
  );
  await own.database.query(
    `update dbos.workflow_status set status = $2,
       updated_at = (extract(epoch from now()) - $3) * 1000,
       completed_at = case when $2 in ('PENDING', 'ENQUEUED') then null else (extract(epoch from now()) - $3) * 1000 end
     where workflow_uuid = $1`,
    [id, status, ageSeconds],
  );
  await own.database.query(
    `insert into dbos.operation_outputs (workflow_uuid, function_id, function_name) values ($1, 0, 'boot')`,
    [id],
  );
  await own.database.query(`insert into dbos.workflow_output (workflow_uuid) values ($1)`, [id]);
  await own.database.query(`insert into flow_note (flow_id, last_error) values ($1, 'busy')`, [id]);
  return id;
}

async function leftOf(id: string): Promise<string[]> {
  const { rows } = await own.database.query<{ place: string }>(
    `select 'status' as place from dbos.workflow_status where workflow_uuid = $1
     union all select 'input' from dbos.workflow_input where workflow_uuid = $1
     union all select 'output' from dbos.workflow_output where workflow_uuid = $1
     union all select 'note' from flow_note where flow_id = $1
     union all select 'step' from dbos.operation_outputs where workflow_uuid = $1`,
    [id],
  );
  return rows.map((row) => row.place).toSorted();
}

test('an ended flow goes with its input, output, steps and notes once it is old enough', async () => {
  const ended = ['SUCCESS', 'ERROR', 'CANCELLED', 'MAX_RECOVERY_ATTEMPTS_EXCEEDED'];
  const old: string[] = [];
  for (const status of ended) old.push(await aFlow(status, WEEK_SECONDS + 60));
  const recent = await aFlow('SUCCESS', WEEK_SECONDS - 60);
  const due = await weekly.due(own.database, null, 10);
  expect(due.toSorted()).toEqual(old.toSorted());
  expect(await transaction(own.database, (tx) => weekly.remove(tx, [...due, recent]))).toBe(4);
  for (const id of old) expect(await leftOf(id)).toEqual([]);
  expect(await leftOf(recent)).toEqual(['input', 'note', 'output', 'status', 'step']);
});

test('a flow that has not ended stays, however old', async () => {
  const running = await aFlow('PENDING', 100 * WEEK_SECONDS);
  const waiting = await aFlow('ENQUEUED', 100 * WEEK_SECONDS);
  expect(await weekly.due(own.database, null, 10)).toEqual([]);
  expect(await transaction(own.database, (tx) => weekly.remove(tx, [running, waiting]))).toBe(0);
  expect(await leftOf(running)).toEqual(['input', 'note', 'output', 'status', 'step']);
});

test('without the engine there is nothing to purge', async () => {
  await own.database.query('drop schema dbos cascade');
  expect(await weekly.due(own.database, null, 10)).toEqual([]);
});
