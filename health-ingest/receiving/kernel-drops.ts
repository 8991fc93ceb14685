import { readFileSync } from 'node:fs';

const TABLES = ['/proc/net/udp', '/proc/net/udp6'];

/**
 * Datagrams that the kernel had no room for on a UDP port, all sockets on it together, since each was opened.
 * @returns 0 where the kernel does not say
 */
export function kernelDrops(port: number): number {
  return TABLES.reduce((total, table) => total + dropsIn(readTable(table), port), 0);
}

/** Bytes, the kernel's own bookkeeping included, that wait in the receive buffers of a UDP port. */
export function receiveQueueBytes(port: number): number {
  return TABLES.reduce((total, table) => total + queuedIn(readTable(table), port), 0);
}

/** Lines as the kernel prints them: `sl local_address … drops`, the address as hex `ADDRESS:PORT`. */
export function dropsIn(table: string, port: number): number {
  return sum(socketsOf(table, port).map((fields) => Number(fields.at(-1))));
}

/** The fifth field is `SENDING:WAITING`, in hex. */
export function queuedIn(table: string, port: number): number {
  const waiting = socketsOf(table, port).map((fields) => fields[4]?.split(':')[1] ?? '');
  return sum(waiting.map((hex) => Number.parseInt(hex, 16)));
}

function socketsOf(table: string, port: number): readonly (readonly string[])[] {
  const ending = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return table
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(ending));
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + (Number.isFinite(count) ? count : 0), 0);
}

function readTable(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
