import type { ListenerStatistics } from '#core/domain/statistics.ts';

export function statisticsToApi(statistics: ListenerStatistics) {
  return {
    active_connections: statistics.activeConnections,
    bytes_in: statistics.bytesIn,
    bytes_out: statistics.bytesOut,
    request_errors: statistics.requestErrors,
    total_connections: statistics.totalConnections,
  };
}
