import { Counter, Gauge, type Registry } from 'prom-client';

export type Outcome = 'done' | 'failed' | 'elsewhere';

export interface TaskMetrics {
  ended(task: string, outcome: Outcome, atMs: number, tookMs: number): void;
  purged(task: string, removed: number, failed: number): void;
}

/** What an operator watches: when each task last ran, how it ended, and how much it did. */
export function openTaskMetrics(registry: Registry): TaskMetrics {
  const registers = [registry];
  const runs = new Counter({
    name: 'octavia_housekeeping_runs_total',
    help: 'runs by task and outcome; elsewhere: another process was running it',
    labelNames: ['task', 'outcome'],
    registers,
  });
  const lastRun = new Gauge({
    name: 'octavia_housekeeping_last_run_timestamp_seconds',
    help: 'when the task last ended here, by outcome',
    labelNames: ['task', 'outcome'],
    registers,
  });
  const duration = new Gauge({
    name: 'octavia_housekeeping_last_run_duration_seconds',
    help: 'how long that run took',
    labelNames: ['task'],
    registers,
  });
  const rows = new Counter({
    name: 'octavia_housekeeping_rows_total',
    help: 'rows removed, and rows that could not be',
    labelNames: ['task', 'result'],
    registers,
  });
  return {
    ended(task, outcome, atMs, tookMs) {
      runs.inc({ task, outcome });
      lastRun.set({ task, outcome }, atMs / 1000);
      duration.set({ task }, tookMs / 1000);
    },
    purged(task, removed, failed) {
      rows.inc({ task, result: 'removed' }, removed);
      rows.inc({ task, result: 'failed' }, failed);
    },
  };
}
