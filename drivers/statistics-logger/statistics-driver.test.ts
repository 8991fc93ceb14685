import { expect, test } from 'vitest';
import type { Logger } from '#core/ports/logger.ts';
import { loggerStatistics } from './statistics-driver.ts';

test('each report is a line with the names of Octavia, its numbers exact', async () => {
  const lines: unknown[] = [];
  const logger = { info: (fields: unknown) => lines.push(fields) } as unknown as Logger;
  const report = {
    amphoraId: 'a',
    listenerId: 'l',
    isDelta: true,
    rxBytes: 1,
    txBytes: 2n ** 60n + 1n,
    activeConnections: 3,
    totalConnections: 4,
    requestErrors: 5,
  };
  await loggerStatistics(logger).updateStatistics([{ id: 'b', reports: [report, report] }]);
  const line = {
    batch: 'b',
    listener_id: 'l',
    amphora_id: 'a',
    deltas: true,
    bytes_in: 1,
    bytes_out: '1152921504606846977',
    active_connections: 3,
    total_connections: 4,
    request_errors: 5,
  };
  expect(lines).toEqual([line, line]);
});
