import { Counter, Gauge, type Registry } from 'prom-client';
import type { Clock } from '#core/ports/clock.ts';
import type { StatisticsDriver, StatisticsReport } from '#core/ports/statistics.ts';
import { activeOf, addReport, NEVER, newSeries, type Series } from './series.ts';

export interface PrometheusStatisticsOptions {
  readonly registry: Registry;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** Listeners with series of their own. What the others carry is added up under `other`. */
  readonly listenersMax: number;
  /** Milliseconds without a report after which a listener is gone and its series are dropped. */
  readonly goneAfterMs: number;
}

const OTHER = 'other';

/**
 * Counters of each listener beside the daemon's own metrics. Of several health managers each counts what it was given,
 * so they are to be summed over the managers; after a crash a report may be counted twice.
 */
export function prometheusStatistics(options: PrometheusStatisticsOptions): StatisticsDriver {
  const { clock, listenersMax } = options;
  const listeners = new Map<string, Series>();
  const other = newSeries();
  const folded = exportSeries(options, () => {
    dropGone(listeners, clock.monotonicMs() - options.goneAfterMs);
    return other.updatedAtMs === NEVER ? listeners : new Map([...listeners, [OTHER, other]]);
  });

  const seriesOf = ({ listenerId }: StatisticsReport): Series => {
    const known = listeners.get(listenerId);
    if (known) return known;
    if (listeners.size >= listenersMax) {
      folded.inc();
      return other;
    }
    const added = newSeries();
    listeners.set(listenerId, added);
    return added;
  };

  return {
    name: 'stats_prometheus',
    async updateStatistics(batches) {
      const nowMs = clock.monotonicMs();
      if (listeners.size >= listenersMax) dropGone(listeners, nowMs - options.goneAfterMs);
      for (const { reports } of batches)
        for (const report of reports) addReport(seriesOf(report), report, nowMs);
    },
  };
}

/** Registers the metrics; they are filled when they are read. @returns the counter of reports that went to `other` */
function exportSeries(
  { registry, clock, goneAfterMs }: PrometheusStatisticsOptions,
  current: () => ReadonlyMap<string, Series>,
): Counter {
  const shared = { labelNames: ['listener_id'], registers: [registry] };
  const total = (name: string, help: string, of: (series: Series) => number): void => {
    const counter: Counter = new Counter({
      ...shared,
      name: `octavia_listener_${name}_total`,
      help,
      collect() {
        counter.reset();
        for (const [id, series] of current()) counter.inc({ listener_id: id }, of(series));
      },
    });
  };
  total('received_bytes', 'Bytes from clients.', ({ rxBytes }) => rxBytes);
  total('sent_bytes', 'Bytes to clients.', ({ txBytes }) => txBytes);
  total('connections', 'Connections accepted.', ({ connections }) => connections);
  total('request_errors', 'Requests that were refused or broken.', ({ errors }) => errors);
  const active: Gauge = new Gauge({
    ...shared,
    name: 'octavia_listener_active_connections',
    help: 'Connections open by the last reports that came to this process.',
    collect() {
      active.reset();
      const sinceMs = clock.monotonicMs() - goneAfterMs;
      for (const [id, series] of current())
        active.set({ listener_id: id }, activeOf(series, sinceMs));
    },
  });
  return new Counter({
    name: 'octavia_listener_reports_folded_total',
    help: 'Reports of listeners for which no series was left; they are counted as listener "other".',
    registers: [registry],
  });
}

function dropGone(listeners: Map<string, Series>, sinceMs: number): void {
  for (const [id, { updatedAtMs }] of listeners) if (updatedAtMs < sinceMs) listeners.delete(id);
}
