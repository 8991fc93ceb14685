import { readFileSync } from 'node:fs';

const TABLES = ['/proc/net/udp', '/proc/net/udp6'];

/**
 * Datagrams that the kernel had no room for on a UDP port, all sockets on it together, since each was opened.
 * @returns 0 where the kernel does not say
 */
export function kernelDrops(port: number): number {
  return TABLES.reduce((total, table) => total + dropsIn(readTable(table), port), 0);
}

/** Lines as the kernel prints them: `sl local_address … drops`, the address as hex `ADDRESS:PORT`. */
export function dropsIn(table: string, port: number): number {
  const ending = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const drops = table.split('\n').map((line) => {
    const fields = line.trim().split(/\s+/);
    return fields[1]?.endsWith(ending) ? Number(fields.at(-1)) : 0;
  });
  return drops.reduce((total, count) => total + (Number.isFinite(count) ? count : 0), 0);
}

function readTable(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
