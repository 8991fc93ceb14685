import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Database } from '#core/db/pool.ts';
import { transaction } from '#core/db/transaction.ts';
import { enqueue } from '#core/queue/enqueue.ts';
import type { FlowName } from '#core/queue/flows.ts';
import { inputFor } from './as-the-api.ts';
import { expectDeletable, expectNothingLeft, expectSettled, expectWhole } from './ends.ts';
import type { KillPoint } from './kill-points.ts';
import type { NoopCloud } from './noop-world.ts';
import { begin, newScenario, type Scenario, statusesOf } from './scenario.ts';
import { type WorkerFaults, WorkerProcess } from './worker-process.ts';

const PATIENCE_MS = 60_000;

/** Workers of one test; none is left when it is over. */
export class Workers {
  readonly #databaseUrl: string;
  #running: WorkerProcess[] = [];

  constructor(databaseUrl: string) {
    this.#databaseUrl = databaseUrl;
  }

  async start(faults?: WorkerFaults): Promise<WorkerProcess> {
    const worker = new WorkerProcess(this.#databaseUrl, faults);
    this.#running.push(worker);
    await worker.says('ready');
    return worker;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#running.map((worker) => worker.kill()));
    this.#running = [];
  }
}

/** A flow that one worker began and, after that was killed, another ended. */
export interface TakenOver {
  readonly point: KillPoint;
  readonly scenario: Scenario;
  readonly flowId: string;
  /** As the engine has it. */
  readonly end: string;
}

export interface Takeover {
  readonly database: Database;
  readonly cloud: NoopCloud;
  readonly points: readonly KillPoint[];
  readonly workers: Workers;
  readonly first?: WorkerFaults;
  readonly second?: WorkerFaults;
}

/** Starts a flow for each point, kills the worker when all are there, and has another worker end them. */
export async function takeOver(takeover: Takeover): Promise<readonly TakenOver[]> {
  const { database, cloud, points, workers } = takeover;
  const begun = await Promise.all(
    points.map(async (point) => {
      const scenario = await newScenario(database, { topology: point.topology, cloud });
      const input = (await begin(scenario, point.flow)) as { readonly amphoraId: string };
      return { point, scenario, amphoraId: input.amphoraId };
    }),
  );
  const ids = begun.map(({ scenario }) => scenario.family.loadBalancerId);
  const stops = Object.fromEntries(begun.map(({ point }, index) => [ids[index], point]));
  const killed = await workers.start({ ...takeover.first, stops });
  const flowIds: string[] = [];
  for (const { point, scenario, amphoraId } of begun)
    flowIds.push(await enqueueFor(scenario, point.flow, amphoraId));
  for (const id of ids) await killed.says(id);
  await killed.kill();
  await workers.start(takeover.second);
  return Promise.all(
    begun.map(async ({ point, scenario }, index) => {
      const flowId = flowIds[index] ?? '';
      return { point, scenario, flowId, end: await endOf(database, flowId) };
    }),
  );
}

/** @returns the flow's id */
export async function enqueueFor(
  { database, family }: Scenario,
  name: FlowName,
  amphoraId: string,
): Promise<string> {
  const input = inputFor(family, amphoraId) as never;
  return transaction(database, (tx) => enqueue(tx, name, input, { requestId: 'req-1' }));
}

/** @returns how the flow ended */
export async function endOf(database: Database, flowId: string): Promise<string> {
  const deadlineMs = performance.now() + PATIENCE_MS;
  while (performance.now() < deadlineMs) {
    const found = await database.query<{ status: string }>(
      'select status from dbos.workflow_status where workflow_uuid = $1',
      [flowId],
    );
    const status = found.rows[0]?.status ?? 'unknown';
    if (!['ENQUEUED', 'PENDING', 'DELAYED'].includes(status)) return status;
    await delay(50);
  }
  throw new Error(`flow ${flowId} is still under way after ${PATIENCE_MS} ms`);
}

/** The statuses, the cloud and the flow's record are as if nobody had been killed. */
export async function expectSameEnd({ point, scenario, end }: TakenOver): Promise<void> {
  const { flow, moment } = point;
  const isDeletion = flow === 'load-balancer-delete';
  expect(end).toBe(moment === 'undoing' ? 'ERROR' : 'SUCCESS');
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

/** Holds each to what is expected of it, and says of which it was not so. */
export async function expectOfEach(
  all: readonly TakenOver[],
  expectation: (one: TakenOver) => Promise<void>,
): Promise<void> {
  for (const one of all) {
    const { flow, step, moment, topology } = one.point;
    await expectation(one).catch((error: unknown) => {
      throw new Error(`${flow}, ${topology}, killed ${moment} ${step}: ${String(error)}`, {
        cause: error,
      });
    });
  }
}
