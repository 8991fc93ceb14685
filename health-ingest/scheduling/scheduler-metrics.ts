import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { SchedulerFigures } from './scheduler-figures.ts';

const LAG_BUCKETS_SECONDS = [0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 10, 30, 60, 300];

/** What an operator sees of who is silent, and of what is done about it. */
export function openSchedulerMetrics(registry: Registry): SchedulerFigures {
  const registers = [registry];
  const gauge = (name: string, help: string, labelNames: readonly string[] = []) =>
    new Gauge({ name: `octavia_${name}`, help, labelNames: [...labelNames], registers });
  const counter = (name: string, help: string, labelNames: readonly string[]) =>
    new Counter({ name: `octavia_${name}`, help, labelNames: [...labelNames], registers });

  const expected = gauge('amphorae_expected', 'Amphorae that should report.');
  const stale = gauge('amphorae_stale', 'Amphorae silent for longer than the heartbeat timeout.');
  const sure = gauge(
    'failover_scheduler_sure',
    '1: verdicts are given. 0: in doubt of what it sees.',
  );
  const doubts = counter(
    'failover_scheduler_doubts_total',
    'Looks that were no ground for a verdict.',
    ['problem'],
  );
  const breaker = gauge(
    'failover_breaker_open',
    '1: so many amphorae are silent there that none is failed over.',
    ['scope'],
  );
  const inProgress = gauge('failovers_in_progress', 'Failovers that wait for a worker or run.');
  const unfinished = gauge(
    'failovers_unfinished',
    'Amphorae in ERROR since their failover failed; it is tried again.',
  );
  const waiting = gauge('failovers_waiting', 'Stale amphorae that are not failed over yet.', [
    'for',
  ]);
  const verdicts = counter('failover_verdicts_total', 'Verdicts on stale amphorae.', ['outcome']);
  const detectionLag = new Histogram({
    name: 'octavia_failover_detection_lag_seconds',
    help: 'From the end of the heartbeat timeout to the failover asked for.',
    buckets: LAG_BUCKETS_SECONDS,
    registers,
  });

  return {
    expected: (count) => expected.set(count),
    stale: (count) => stale.set(count),
    sure: (isSure) => sure.set(isSure ? 1 : 0),
    doubted: (problem) => doubts.inc({ problem }),
    breakerOpen(scopes) {
      breaker.reset();
      for (const scope of scopes) breaker.set({ scope }, 1);
    },
    inProgress: (count) => inProgress.set(count),
    unfinished: (count) => unfinished.set(count),
    given: (outcome) => verdicts.inc({ outcome }),
    waiting: (waitingFor, count) => waiting.set({ for: waitingFor }, count),
    detectionLag: (ms) => detectionLag.observe(Math.max(0, ms) / 1000),
  };
}
