import type { HeartbeatReader, UnreadReason } from '#core/heartbeat/heartbeat-reader.ts';
import { wordsOf } from '#core/heartbeat/uuid-words.ts';
import { COUNTERS_PER_LISTENER, type HeartbeatView, ID_WORDS } from '#core/heartbeat/view.ts';
import { recordOf } from '../exchange/report-codec.ts';
import { statusReportOf } from '../exchange/status-report.ts';
import type { AmphoraTable, News } from './amphora-table.ts';
import { statisticsReportsOf } from './batch.ts';
import type { Batcher } from './batcher.ts';
import type { Place } from './sequence-window.ts';

export interface IngestDeps {
  readonly reader: Pick<HeartbeatReader, 'read' | 'view'>;
  readonly table: AmphoraTable;
  readonly batcher: Batcher;
  /** The time by Redis' clock, for what others compare. */
  redisMs(): number;
  dropped(reason: UnreadReason): void;
  accepted(place: Place): void;
}

/**
 * One datagram: verified, read, held against what is known, and what is new of it put into the batch. In the steady state
 * no object is made.
 * @param nowMs monotonic
 */
export function ingest(datagram: Buffer, nowMs: number, deps: IngestDeps): void {
  const { reader, table } = deps;
  const outcome = reader.read(datagram);
  if (outcome !== 'heartbeat') return deps.dropped(outcome);
  const { view } = reader;
  const news = table.note(view, nowMs);
  deps.accepted(news.place);
  tell(view, news, nowMs, deps);
  table.release(news);
}

function tell(view: HeartbeatView, news: News, nowMs: number, deps: IngestDeps): void {
  const { table, batcher } = deps;
  if (news.isSignOfLife) batcher.seen(news.slot, view.id, nowMs);
  if (news.report !== null) {
    const report = () => statusReportOf(view.heartbeat(), deps.redisMs());
    if (batcher.report(news.report, report)) table.reported(news, view, nowMs);
  }
  if (!news.isCounted) return;
  const areAllTold = view.isPlain ? count(view, news, batcher) : countSlowly(view, batcher);
  if (areAllTold && news.isGaugeNews) table.gaugesTold(news);
}

/** @returns false when there was no room for something */
function count(view: HeartbeatView, news: News, batcher: Batcher): boolean {
  let areTold = true;
  for (let listener = 0; listener < view.listenerCount; listener++)
    if (news.isGaugeNews || (view.hasDeltas && hasCounted(view.counters, listener)))
      areTold =
        batcher.count(view.id, view.hasDeltas, view.listenerIds, view.counters, listener) &&
        areTold;
  return areTold;
}

function hasCounted(counters: Float64Array, listener: number): boolean {
  const at = listener * COUNTERS_PER_LISTENER;
  return (
    counters[at] !== 0 || counters[at + 1] !== 0 || counters[at + 3] !== 0 || counters[at + 4] !== 0
  );
}

const someId = new Uint32Array(ID_WORDS);

/** Totals above 2^53, or listeners whose ids are none: the former are told each time, the latter never. */
function countSlowly(view: HeartbeatView, batcher: Batcher): boolean {
  const reports = statisticsReportsOf(view.heartbeat()).filter(({ listenerId }) =>
    wordsOf(listenerId, someId),
  );
  return reports.map((report) => batcher.countRecord(recordOf(report))).every(Boolean);
}
