import { cpuMicros, family, threadTimes } from '../testbed/process-cost.ts';
import type { Child } from './child.ts';
import type { LoadResult } from './client/load.ts';
import { CONNECTIONS } from './operations.ts';

export interface MeasuredServer {
  readonly pid: number;
  readonly port: number;
}

export interface Measured {
  readonly ratePerSecond: number;
  /** CPU of one request, by who spent it. */
  readonly serverMicros: number;
  readonly postgresMicros: number;
  readonly clientMicros: number;
  readonly bytes: number;
  readonly latencyMs: LoadResult['latencyMs'];
}

export interface Asked {
  readonly client: Child;
  readonly postgresPid: number;
  readonly texts: readonly string[];
  readonly requests: number;
  readonly warmUp: number;
  /** Anything else among the answers ends the bench. */
  readonly status: number;
}

export async function measure(server: MeasuredServer, asked: Asked): Promise<Measured> {
  const { client, postgresPid, requests, warmUp } = asked;
  if (warmUp > 0) await ask(server, asked, warmUp);
  const readings = () =>
    [[server.pid], family(postgresPid), [client.pid]].map((pids) => threadTimes(pids));
  const before = readings();
  const { tookMs, bytes, latencyMs } = await ask(server, asked, requests);
  const after = readings();
  const micros = (index: number): number =>
    cpuMicros(before[index] ?? new Map(), after[index] ?? new Map()) / requests;
  return {
    ratePerSecond: (requests / tookMs) * 1000,
    serverMicros: micros(0),
    postgresMicros: micros(1),
    clientMicros: micros(2),
    bytes: bytes / requests,
    latencyMs,
  };
}

/** @throws when any answer has another status than all should have */
export async function ask(
  { port }: MeasuredServer,
  { client, texts, status }: Pick<Asked, 'client' | 'texts' | 'status'>,
  requests: number,
): Promise<LoadResult> {
  const result = (await client.ask({
    port,
    connections: CONNECTIONS,
    requests,
    texts,
  })) as LoadResult;
  if (result.statuses[status] === requests) return result;
  throw new Error(`answers were ${JSON.stringify(result.statuses)}, not all ${status}`);
}
