import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Queryable } from '#core/ports/transaction.ts';
import type { FlowObserver } from './run-flow.ts';
import { ENGINE_SCHEMA } from './schema.ts';

/** `abandoned`: the engine took the flow away from this executor; whoever owns it now will report its end. */
export type FlowOutcome = 'succeeded' | 'failed' | 'abandoned';

export interface FlowMetrics extends FlowObserver {
  flowEnded(flow: string, outcome: FlowOutcome, durationMs: number): void;
}

const SECONDS = [0.005, 0.02, 0.1, 0.3, 1, 3, 10, 30, 120, 600];

const WAITING = `
  select queue_name as queue, count(*)::int as flows,
         coalesce(extract(epoch from now()) * 1000 - min(created_at), 0)::float8 as "ageMs"
  from ${ENGINE_SCHEMA}.workflow_status where status = 'ENQUEUED' and application_name = $1 group by queue_name`;

interface Waiting {
  readonly queue: string;
  readonly flows: number;
  readonly ageMs: number;
}

/** Counts what this executor ran; what waits in the queues is asked of the database when somebody looks. */
export function flowMetrics(
  registry: Registry,
  db: Queryable,
  application: string,
  queues: readonly string[],
): FlowMetrics {
  const registers = [registry];
  const flows = new Counter({
    name: 'octavia_worker_flows_total',
    help: 'Flows ended by this worker',
    labelNames: ['flow', 'outcome'],
    registers,
  });
  const flowSeconds = new Histogram({
    name: 'octavia_worker_flow_seconds',
    help: 'Time from taking a flow to its end',
    labelNames: ['flow', 'outcome'],
    buckets: SECONDS,
    registers,
  });
  const stepSeconds = new Histogram({
    name: 'octavia_worker_step_seconds',
    help: 'Time of a step with all its attempts',
    labelNames: ['flow', 'step', 'outcome'],
    buckets: SECONDS,
    registers,
  });
  registerQueueGauges(registry, db, application, queues);
  return {
    flowEnded(flow, outcome, durationMs) {
      flows.inc({ flow, outcome });
      flowSeconds.observe({ flow, outcome }, durationMs / 1000);
    },
    stepEnded(flow, step, outcome, durationMs) {
      stepSeconds.observe({ flow, step, outcome }, durationMs / 1000);
    },
  };
}

function registerQueueGauges(
  registry: Registry,
  db: Queryable,
  application: string,
  queues: readonly string[],
): void {
  const registers = [registry];
  const age = new Gauge({
    name: 'octavia_queue_age_seconds',
    help: 'Age of the oldest flow that nobody has taken; 0 when none waits',
    labelNames: ['queue'],
    registers,
  });
  const size = new Gauge({
    name: 'octavia_queue_flows',
    help: 'Flows that nobody has taken',
    labelNames: ['queue'],
    registers,
    async collect() {
      const found = await db.query<Waiting>(WAITING, [application]).catch(() => null);
      // No figure is better than a wrong one while the database is away.
      size.reset();
      age.reset();
      for (const queue of found === null ? [] : queues) {
        const waiting = found?.rows.find((row) => row.queue === queue);
        size.set({ queue }, waiting?.flows ?? 0);
        age.set({ queue }, (waiting?.ageMs ?? 0) / 1000);
      }
    },
  });
}
