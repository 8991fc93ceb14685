import type { Logger } from '#core/ports/logger.ts';
import type { StatisticsDriver, StatisticsReport } from '#core/ports/statistics.ts';

/** Writes a line for each report, for whoever bills from logs. After a crash a report may stand there twice. */
export function loggerStatistics(logger: Logger): StatisticsDriver {
  return {
    name: 'stats_logger',
    async updateStatistics(batches) {
      for (const { id, reports } of batches)
        for (const report of reports)
          logger.info({ batch: id, ...fieldsOf(report) }, 'listener statistics');
    },
  };
}

/** Octavia's names. Text where a JSON number would not be exact. */
function fieldsOf(report: StatisticsReport): Readonly<Record<string, unknown>> {
  return {
    listener_id: report.listenerId,
    amphora_id: report.amphoraId,
    deltas: report.isDelta,
    bytes_in: counter(report.rxBytes),
    bytes_out: counter(report.txBytes),
    active_connections: counter(report.activeConnections),
    total_connections: counter(report.totalConnections),
    request_errors: counter(report.requestErrors),
  };
}

function counter(value: number | bigint): number | string {
  return typeof value === 'number' ? value : String(value);
}
