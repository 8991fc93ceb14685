import { type DatagramDecoded, decodeDatagram } from '#core/heartbeat/datagram.ts';
import type { HeartbeatKey } from '#core/heartbeat/key.ts';
import type { AmphoraMemory } from './amphora-memory.ts';
import { statusReportOf } from './batch.ts';
import type { Batcher } from './batcher.ts';

export type DropReason = Exclude<DatagramDecoded, { kind: 'heartbeat' }>['reason'];

export interface IngestDeps {
  readonly keys: readonly HeartbeatKey[];
  readonly memory: AmphoraMemory;
  readonly batcher: Batcher;
  dropped(reason: DropReason): void;
  accepted(): void;
}

/** One datagram: verified, read, held against what is known, and what is new of it put into the batch. */
export function ingest(datagram: Buffer, receivedAtMs: number, deps: IngestDeps): void {
  const decoded = decodeDatagram(datagram, deps.keys);
  if (decoded.kind !== 'heartbeat') return deps.dropped(decoded.reason);
  const { heartbeat } = decoded;
  const news = deps.memory.newsIn(heartbeat, receivedAtMs);
  deps.batcher.seen(heartbeat.amphoraId, receivedAtMs);
  if (news.isStatusDue) deps.batcher.report(statusReportOf(heartbeat, receivedAtMs));
  for (const statistics of news.statistics) deps.batcher.count(statistics);
  deps.accepted();
}
