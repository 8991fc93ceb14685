import { Connection } from './connection.ts';
import type { Load, LoadResult, Percentiles } from './load.ts';

/** The client, a process of its own: takes a load, asks all of it, and says how that went. */
process.on('message', (load: Load) => {
  run(load).then(
    (result) => process.send?.(result),
    (error: unknown) => process.send?.({ failure: String(error) }),
  );
});
process.on('disconnect', () => process.exit(0));
process.send?.('ready');

async function run({ port, connections, requests, texts }: Load): Promise<LoadResult> {
  const open = await Promise.all(Array.from({ length: connections }, () => Connection.open(port)));
  const latencies = new Float64Array(requests);
  const statuses: Record<number, number> = {};
  let asked = 0;
  let bytes = 0;
  const startedAt = performance.now();
  const askAll = async (connection: Connection): Promise<void> => {
    while (asked < requests) {
      const number = asked++;
      const sentAt = performance.now();
      const answer = await connection.ask(texts[number % texts.length] ?? '');
      latencies[number] = performance.now() - sentAt;
      statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
      bytes += answer.bytes;
    }
  };
  try {
    await Promise.all(open.map(askAll));
  } finally {
    for (const connection of open) connection.close();
  }
  const tookMs = performance.now() - startedAt;
  return { tookMs, statuses, bytes, latencyMs: percentiles(latencies.sort()) };
}

function percentiles(sorted: Float64Array): Percentiles {
  const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}
