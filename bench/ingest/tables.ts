import type { ReceiverResult } from '../receivers/measure.ts';
import { receiverRow } from '../receivers/row.ts';
import { type Row, table, whole } from '../testbed/table.ts';
import type { Cost, FleetResult, Percentiles, Results, WireResult } from './results.ts';

/** The results as a person reads them. */
export function tables(results: Results): string {
  const { machine, fleets, bare, stages, lags, detections, missing } = results;
  const sections: readonly (readonly [title: string, rows: readonly Row[]])[] = [
    ['Receivers that only count', bare.map(receiverRow)],
    [
      'Highest rate held for 5 s with no datagram lost',
      fleets.flatMap((fleet) => fleet.wires.map((wire) => rateRow(fleet, wire, results))),
    ],
    [
      'CPU µs a heartbeat at the fixed rate',
      fleets.flatMap((fleet) =>
        fleet.wires.flatMap((wire) =>
          wire.costs.map((cost) => costRow(fleet, wire, cost, results)),
        ),
      ),
    ],
    ["Each amphora's first heartbeat", fleets.map(firstRow)],
    [
      'CPU µs a heartbeat of the receiving thread, by stage (sampled profile)',
      stages.map(({ wire, ratePerSecond, lost, micros }) => ({
        wire,
        'at/s': whole(ratePerSecond),
        lost: whole(lost),
        ...mapped(micros, (value) => value.toFixed(2)),
      })),
    ],
    [
      'From a heartbeat with news to its commit in PostgreSQL, ms',
      lags.map(({ wire, fleet, asked, lagMs }) => ({
        wire,
        fleet: whole(fleet),
        asked: whole(asked),
        ...percentileRow(lagMs),
      })),
    ],
    [
      'From the end of the heartbeat timeout to the failover committed, ms',
      detections.map(({ fleet, timeoutMs, killed, wrong, beyondTimeoutMs }) => ({
        fleet: whole(fleet),
        'timeout ms': whole(timeoutMs),
        killed: whole(killed),
        'failed over alive': whole(wrong),
        ...percentileRow(beyondTimeoutMs),
      })),
    ],
  ];
  const { cpu, cores, memoryGib, kernel, node, loadBefore, commit } = machine;
  const lines = [
    `${cores} × ${cpu}, ${memoryGib} GiB, Linux ${kernel}, Node ${node}, commit ${commit}`,
    `load before: ${loadBefore.toFixed(2)}; receiving threads: ${results.threads}; ${results.profile}`,
    ...sections.flatMap(([title, rows]) => (rows.length === 0 ? [] : ['', title, ...table(rows)])),
    ...missing.map((what) => `missing: ${what}`),
  ];
  return `${lines.join('\n')}\n`;
}

function rateRow({ fleet }: FleetResult, result: WireResult, results: Results): Row {
  const ofBare = (sockets: number): string => {
    const bare = bareOf(results, result.wire, sockets)?.ratePerSecond;
    return bare && result.ratePerSecond
      ? `${((100 * result.ratePerSecond) / bare).toFixed(0)} %`
      : '-';
  };
  return {
    wire: result.wire,
    fleet: whole(fleet),
    'rate/s': `${whole(result.ratePerSecond)}${result.isSenderLimited ? ' (sender)' : ''}`,
    'of bare': ofBare(results.threads),
    ...(results.threads > 1 ? { 'of one bare socket': ofBare(1) } : {}),
    'RSS MB': (result.rssBytes / 1e6).toFixed(0),
    'peak MB': (result.peakBytes / 1e6).toFixed(0),
  };
}

function bareOf(
  { bare }: Results,
  wire: WireResult['wire'],
  sockets: number,
): ReceiverResult | undefined {
  return bare.find((each) => each.wire === wire && each.threads === sockets);
}

function costRow({ fleet }: FleetResult, result: WireResult, cost: Cost, results: Results): Row {
  const least = bareOf(results, result.wire, results.threads)?.microsPerDatagram;
  return {
    wire: result.wire,
    fleet: whole(fleet),
    changed: `${cost.changedPercent} %`,
    'at/s': whole(cost.ratePerSecond),
    'in all': (cost.daemonMicros + cost.redisMicros + cost.postgresMicros).toFixed(2),
    'health-ingest': cost.daemonMicros.toFixed(2),
    'its thread': cost.threadMicros.toFixed(2),
    'its main': cost.mainMicros.toFixed(2),
    'over bare': least ? (cost.threadMicros - least).toFixed(2) : '-',
    Redis: cost.redisMicros.toFixed(2),
    PostgreSQL: cost.postgresMicros.toFixed(2),
    sender: cost.senderMicros.toFixed(2),
    SQL: cost.sqlPerHeartbeat.toFixed(5),
    'Redis commands': cost.redisPerHeartbeat.toFixed(4),
    lost: whole(cost.lost),
  };
}

function firstRow({ fleet, first, settledMs, idle }: FleetResult): Row {
  return {
    fleet: whole(fleet),
    'at/s': whole(first.ratePerSecond),
    'health-ingest µs': first.daemonMicros.toFixed(1),
    'Redis µs': first.redisMicros.toFixed(1),
    'PostgreSQL µs': first.postgresMicros.toFixed(1),
    'in the database after ms': settledMs === null ? 'not in 30 s' : whole(settledMs),
    lost: whole(first.lost),
    'then idle: SQL/s': idle.sqlPerSecond.toFixed(1),
    'Redis/s': idle.redisPerSecond.toFixed(1),
  };
}

function percentileRow({ samples, p50, p99, max }: Percentiles): Row {
  return { seen: whole(samples), p50: p50.toFixed(0), p99: p99.toFixed(0), max: max.toFixed(0) };
}

function mapped(record: Readonly<Record<string, number>>, to: (value: number) => string): Row {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, to(value)]));
}
