import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { transaction } from '#core/db/transaction.ts';
import { enqueue } from '#core/queue/enqueue.ts';
import type { FlowName } from '#core/queue/flows.ts';
import { createTestDatabase, type TestDatabase } from '../tests/testing/servers.ts';
import { migrateEngine } from './engine/schema.ts';
import { inputFor } from './testing/as-the-api.ts';
import { expectDeletable, expectNothingLeft, expectSettled, expectWhole } from './testing/ends.ts';
import { KILL_POINTS, type KillPoint } from './testing/kill-points.ts';
import type { NoopCloud } from './testing/noop-world.ts';
import { sampled } from './testing/sample.ts';
import { begin, newScenario, type Scenario, statusesOf, storedTree } from './testing/scenario.ts';
import { tableCloud } from './testing/table-store.ts';
import { type WorkerFaults, WorkerProcess } from './testing/worker-process.ts';

const KILLS_SAMPLED = 24;
/** Flows under way in one worker when it is killed. */
const KILLED_AT_ONCE = 30;
const PATIENCE_MS = 60_000;

let test_: TestDatabase;
let cloud: NoopCloud;
let workers: WorkerProcess[] = [];

beforeAll(async () => {
  test_ = await createTestDatabase();
  await migrateEngine(test_.url);
  cloud = await tableCloud(test_.database);
});
afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.kill()));
  workers = [];
});
afterAll(() => test_.close());

async function startWorker(faults?: WorkerFaults): Promise<WorkerProcess> {
  const worker = new WorkerProcess(test_.url, faults);
  workers.push(worker);
  await worker.says('ready');
  return worker;
}

/** @returns the flow's id */
async function enqueueFor(
  { database, family }: Scenario,
  name: FlowName,
  amphoraId: string,
): Promise<string> {
  const input = inputFor(family, amphoraId) as never;
  return transaction(database, (tx) => enqueue(tx, name, input, { requestId: 'req-1' }));
}

/** @returns how the flow ended */
async function endOf(flowId: string): Promise<string> {
  const deadlineMs = performance.now() + PATIENCE_MS;
  while (performance.now() < deadlineMs) {
    const found = await test_.database.query<{ status: string }>(
      'select status from dbos.workflow_status where workflow_uuid = $1',
      [flowId],
    );
    const status = found.rows[0]?.status ?? 'unknown';
    if (!['ENQUEUED', 'PENDING', 'DELAYED'].includes(status)) return status;
    await delay(50);
  }
  throw new Error(`flow ${flowId} is still under way after ${PATIENCE_MS} ms`);
}

function batches(points: readonly KillPoint[]): readonly (readonly KillPoint[])[] {
  const count = Math.ceil(points.length / KILLED_AT_ONCE);
  return Array.from({ length: count }, (_, index) =>
    points.slice(index * KILLED_AT_ONCE, (index + 1) * KILLED_AT_ONCE),
  );
}

async function expectEndOf({ flow, moment }: KillPoint, scenario: Scenario): Promise<void> {
  const isDeletion = flow === 'load-balancer-delete';
  if (moment === 'undoing') {
    if (isDeletion) return;
    await expectSettled(scenario);
  } else if (isDeletion) {
    await expectNothingLeft(scenario);
  } else {
    const statuses = new Set(Object.values(statusesOf(await expectSettled(scenario))));
    expect([...statuses]).toEqual(['ACTIVE']);
    if (flow !== 'amphora-delete') await expectWhole(scenario);
  }
  await expectDeletable(scenario);
}

test.each(batches(sampled(KILL_POINTS, KILLS_SAMPLED)).map((points) => ({ points })))(
  'whatever a worker was at when it was killed, another comes to the end that it would have come to',
  async ({ points }) => {
    const killed = await Promise.all(
      points.map(async (point) => {
        const { topology } = point;
        const scenario = await newScenario(test_.database, { topology, cloud });
        const input = (await begin(scenario, point.flow)) as { readonly amphoraId: string };
        return { point, scenario, amphoraId: input.amphoraId };
      }),
    );
    const ids = killed.map(({ scenario }) => scenario.family.loadBalancerId);
    const stops = Object.fromEntries(killed.map(({ point }, index) => [ids[index], point]));
    const first = await startWorker({ stops });
    const flowIds: string[] = [];
    for (const { point, scenario, amphoraId } of killed)
      flowIds.push(await enqueueFor(scenario, point.flow, amphoraId));
    for (const id of ids) await first.says(id);
    await first.kill();
    await startWorker();
    const ends = await Promise.all(flowIds.map(endOf));
    for (const [index, { point, scenario }] of killed.entries()) {
      const { flow, step, moment, topology } = point;
      const what = `${flow}, ${topology}, killed ${moment} ${step}`;
      expect(ends[index], what).toBe(moment === 'undoing' ? 'ERROR' : 'SUCCESS');
      await expectEndOf(point, scenario).catch((error: unknown) => {
        throw new Error(what, { cause: error });
      });
    }
  },
  120_000,
);

test('a frozen worker loses its flow, and undoes nothing when it thaws', async () => {
  const scenario = await newScenario(test_.database, { cloud });
  const frozen = await startWorker({ stallAt: 'amphora.plugVip' });
  const flowId = await enqueueFor(scenario, 'load-balancer-create', '');
  await frozen.says('reached');
  frozen.signal('SIGSTOP');
  await startWorker();
  expect(await endOf(flowId)).toBe('SUCCESS');
  frozen.signal('SIGCONT');
  await frozen.logs('no longer owned by this execution');
  expect(frozen.log.filter((line) => String(line['step']).startsWith('undo'))).toEqual([]);
  expect((await storedTree(scenario)).provisioningStatus).toBe('ACTIVE');
  await expectWhole(scenario);
});
