import { Counter, Gauge, type Registry } from 'prom-client';
import type { Counts, Outcome } from './task-record.ts';

export interface TaskMetrics {
  ended(task: string, outcome: Outcome, atMs: number, tookMs: number): void;
  counted(task: string, counts: Counts): void;
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
    help: 'what the task dealt with, by what became of it',
    labelNames: ['task', 'result'],
    registers,
  });
  return {
    ended(task, outcome, atMs, tookMs) {
      runs.inc({ task, outcome });
      lastRun.set({ task, outcome }, atMs / 1000);
      duration.set({ task }, tookMs / 1000);
    },
    counted(task, counts) {
      for (const [result, count] of Object.entries(counts)) rows.inc({ task, result }, count);
    },
  };
}
