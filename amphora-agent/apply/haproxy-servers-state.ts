import { type ConfiguredServer, keyOf } from './haproxy-servers.ts';

/** One row of `show servers state`, as far as a configuration decides it. */
export interface RunningServer {
  readonly backend: string;
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly weight: number;
  readonly isInMaintenance: boolean;
  readonly isChecked: boolean;
  readonly isUp: boolean;
  /** Null and 0: its checks go to itself. */
  readonly monitorAddress: string | null;
  readonly monitorPort: number;
}

/** Bits of the columns, as HAProxy's management guide has them. */
const FORCED_MAINTENANCE = 1;
const CHECK_ENABLED = 4;
const STOPPED = '0';
const STATE_COLUMN = 5;
const ADMIN_COLUMN = 6;
const USER_WEIGHT_COLUMN = 7;
const INITIAL_WEIGHT_COLUMN = 8;
const [MONITOR_PORT_COLUMN, MONITOR_ADDRESS_COLUMN] = [21, 22];
/** What HAProxy shows where there is none, or none any more: addresses are taken back by setting them to zero. */
const NO_ADDRESS = /^(-|0\.0\.0\.0|::)?$/;

export function parseServersState(text: string): readonly RunningServer[] {
  return rowsOf(text).map(serverOf);
}

/**
 * The state that a reload may take over: who is up and who is down. Weight, address and maintenance were perhaps set at
 * run time, and where checks go to perhaps no longer is; HAProxy would prefer them to the new file's, so that the file
 * must say them alone.
 */
export function reloadableState(text: string, wanted: readonly ConfiguredServer[]): string {
  const next = new Map(wanted.map((server) => [keyOf(server), server]));
  const rows = rowsOf(text).filter((row) => {
    const running = serverOf(row);
    const { address, port } = next.get(keyOf(running)) ?? { address: '', port: 0 };
    return row[ADMIN_COLUMN] === '0' && address === running.address && port === running.port;
  });
  const lines = rows.map((row) =>
    row
      .with(USER_WEIGHT_COLUMN, row[INITIAL_WEIGHT_COLUMN] ?? '1')
      .with(MONITOR_PORT_COLUMN, '0')
      .with(MONITOR_ADDRESS_COLUMN, '-')
      .join(' '),
  );
  const head = text.split('\n').filter((line) => /^(\d+$|#)/.test(line));
  return `${[...head, ...lines].join('\n')}\n`;
}

function rowsOf(text: string): readonly string[][] {
  return text
    .split('\n')
    .filter((line) => /^\d+ \S/.test(line))
    .map((line) => line.trim().split(' '));
}

function serverOf(row: readonly string[]): RunningServer {
  return {
    backend: row[1] ?? '',
    name: row[3] ?? '',
    address: row[4] ?? '',
    port: Number(row[18] ?? 0),
    weight: Number(row[USER_WEIGHT_COLUMN] ?? 0),
    isInMaintenance: (Number(row[ADMIN_COLUMN] ?? 0) & FORCED_MAINTENANCE) !== 0,
    isUp: row[STATE_COLUMN] !== STOPPED,
    monitorAddress: NO_ADDRESS.test(row[MONITOR_ADDRESS_COLUMN] ?? '')
      ? null
      : (row[MONITOR_ADDRESS_COLUMN] ?? null),
    monitorPort: Number(row[MONITOR_PORT_COLUMN] ?? 0),
    isChecked: (Number(row[13] ?? 0) & CHECK_ENABLED) !== 0,
  };
}
