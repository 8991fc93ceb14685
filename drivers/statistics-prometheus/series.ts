import type { StatisticsReport } from '#core/ports/statistics.ts';

/** What one listener carried, as far as this process has been told. */
export interface Series {
  rxBytes: number;
  txBytes: number;
  connections: number;
  errors: number;
  /** Open connections of each amphora by its last report, and its last totals if it sends totals. */
  readonly amphorae: Map<string, Last>;
  updatedAtMs: number;
}
interface Last {
  active: number;
  totals: StatisticsReport | null;
  atMs: number;
}

export const NEVER = -1;

export function newSeries(): Series {
  return {
    rxBytes: 0,
    txBytes: 0,
    connections: 0,
    errors: 0,
    amphorae: new Map(),
    updatedAtMs: NEVER,
  };
}

/** A replaced amphora is forgotten only after a while; a listener has two at a time, and this many bound the memory. */
const AMPHORAE_MAX = 8;

/** Adds a report. Of totals only what they grew by is known to be new, so the first of them adds nothing. */
export function addReport(series: Series, report: StatisticsReport, nowMs: number): void {
  const last = series.amphorae.get(report.amphoraId);
  const since = report.isDelta ? null : (last?.totals ?? report);
  series.rxBytes += growth(report.rxBytes, since?.rxBytes);
  series.txBytes += growth(report.txBytes, since?.txBytes);
  series.connections += growth(report.totalConnections, since?.totalConnections);
  series.errors += growth(report.requestErrors, since?.requestErrors);
  series.updatedAtMs = nowMs;
  series.amphorae.delete(report.amphoraId);
  series.amphorae.set(report.amphoraId, {
    active: Number(report.activeConnections),
    totals: report.isDelta ? null : report,
    atMs: nowMs,
  });
  if (series.amphorae.size > AMPHORAE_MAX)
    for (const oldest of series.amphorae.keys()) {
      series.amphorae.delete(oldest);
      break;
    }
}

/** Open connections on all amphorae that reported since `sinceMs`. */
export function activeOf(series: Series, sinceMs: number): number {
  let active = 0;
  for (const last of series.amphorae.values()) if (last.atMs >= sinceMs) active += last.active;
  return active;
}

/** Totals that fell began anew: the amphora's HAProxy was started again. */
function growth(now: number | bigint, before: number | bigint | undefined): number {
  const grown = Number(now) - Number(before ?? 0);
  return grown < 0 ? Number(now) : grown;
}
