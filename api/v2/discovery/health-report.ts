import { toAsciiJson } from '../../http/json.ts';

export const AWAY = 'The Octavia database is unavailable.';

/** What the health check found, and how much of it to tell. */
export interface HealthReport {
  /** Null: all is well. */
  readonly problem: string | null;
  readonly isDetailed: boolean;
  readonly nowMs: number;
}

interface Rendered {
  readonly type: string;
  readonly text: string;
}

/** As JSON, as a page, or as plain text when the client takes neither. */
export function renderHealth(accept: string, report: HealthReport): Rendered {
  if (accept.includes('application/json'))
    return { type: 'application/json', text: toAsciiJson(documentOf(report)) };
  if (accept.includes('text/html'))
    return { type: 'text/html; charset=UTF-8', text: pageOf(report) };
  return { type: 'text/plain; charset=UTF-8', text: report.problem ?? 'OK' };
}

function documentOf(report: HealthReport): object {
  if (!report.isDetailed) return { detailed: false, reasons: [report.problem ?? 'OK'] };
  return { detailed: true, ...aboutProcess(report.nowMs), reasons: [reasonOf(report)] };
}

function reasonOf({ problem }: HealthReport) {
  const details = problem === null ? '' : 'The database did not answer a query.';
  return { class: 'octavia_db_check', details, reason: problem ?? 'OK' };
}

function aboutProcess(nowMs: number) {
  const { rss, heapUsed } = process.memoryUsage();
  return {
    now: new Date(nowMs).toISOString(),
    platform: `${process.platform}-${process.arch}`,
    node_version: process.version,
    uptime_seconds: Math.floor(process.uptime()),
    memory: { resident_bytes: rss, heap_used_bytes: heapUsed },
  };
}

function pageOf(report: HealthReport): string {
  const body = report.isDetailed ? tablesOf(report) : (report.problem ?? 'OK');
  return `<HTML>\n<HEAD><TITLE>Healthcheck Status</TITLE></HEAD>\n<BODY>\n${body}\n</BODY>\n</HTML>\n`;
}

/** Nothing in them comes from a client, so nothing needs escaping. */
function tablesOf(report: HealthReport): string {
  const { class: check, details, reason } = reasonOf(report);
  const { memory, ...about } = aboutProcess(report.nowMs);
  const facts = Object.entries({ ...about, ...memory }).map(([name, value]) => [name, `${value}`]);
  return [
    '<H1>Result</H1>',
    table([
      ['check', 'reason', 'details'],
      [check, reason, details],
    ]),
    '<H1>Process</H1>',
    table(facts),
  ].join('\n');
}

function table(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map((cell) => `<TD>${cell}</TD>`).join(''));
  return `<TABLE border="1">\n${cells.map((row) => `<TR>${row}</TR>`).join('\n')}\n</TABLE>`;
}
