/** One row of `show stat`, as HAProxy names its columns. */
type Row = Readonly<Record<string, string>>;

/** Absolute counters of one listener, since its HAProxy process started; by HAProxy's names for them. */
export interface Totals {
  readonly bin: number;
  readonly bout: number;
  readonly ereq: number;
  readonly stot: number;
}

export interface ListenerRow {
  readonly id: string;
  readonly status: string;
  readonly activeConnections: number;
  readonly totals: Totals;
}

export interface PoolRow {
  readonly poolId: string;
  readonly listenerId: string | null;
  readonly status: string;
  readonly members: ReadonlyMap<string, string>;
}

export interface HaproxyStats {
  readonly listeners: readonly ListenerRow[];
  readonly pools: readonly PoolRow[];
}

/**
 * Reads the answer to `show stat -1 -1 -1`. What serves Prometheus is not the tenant's and left out.
 * @param csv of any HAProxy since 1.5: columns are found by their names
 */
export function parseStats(csv: string): HaproxyStats {
  const rows = parseRows(csv).filter((row) => !(row['pxname'] ?? '').includes('prometheus'));
  const members = new Map<string, Map<string, string>>();
  for (const row of rows.filter((each) => !isProxyRow(each))) {
    const proxy = row['pxname'] ?? '';
    const own = members.get(proxy) ?? new Map<string, string>();
    members.set(proxy, own.set(row['svname'] ?? '', memberStatus(row)));
  }
  return {
    listeners: rows.filter((row) => row['svname'] === 'FRONTEND').map(listenerRow),
    pools: rows
      .filter((row) => row['svname'] === 'BACKEND')
      .map((row) => poolRow(row, members.get(row['pxname'] ?? '') ?? new Map())),
  };
}

function parseRows(csv: string): readonly Row[] {
  const [head = '', ...lines] = csv.replace(/^# /, '').split('\n');
  const columns = head.split(',');
  return lines
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const fields = line.split(',');
      return Object.fromEntries(columns.map((column, index) => [column, fields[index] ?? '']));
    });
}

function isProxyRow(row: Row): boolean {
  return row['svname'] === 'FRONTEND' || row['svname'] === 'BACKEND';
}

/** HAProxy has no word for a member that only finishes what it has: its weight tells. */
function memberStatus(row: Row): string {
  const status = row['status'] ?? '';
  return status === 'UP' && row['weight'] === '0' ? 'DRAIN' : status;
}

function listenerRow(row: Row): ListenerRow {
  return {
    id: row['pxname'] ?? '',
    status: row['status'] ?? '',
    activeConnections: count(row['scur']),
    totals: {
      bin: count(row['bin']),
      bout: count(row['bout']),
      ereq: count(row['ereq']),
      stot: count(row['stot']),
    },
  };
}

function poolRow(row: Row, members: ReadonlyMap<string, string>): PoolRow {
  const [poolId = '', listenerId] = (row['pxname'] ?? '').split(':');
  return { poolId, listenerId: listenerId ?? null, status: row['status'] ?? '', members };
}

function count(text: string | undefined): number {
  const value = Number(text ?? '');
  return Number.isSafeInteger(value) && value >= 0 ? value : 0;
}
