import { record, text } from '../apply/link-state.ts';
import type { HaproxyNamespace } from '../apply/namespace.ts';
import type { Totals } from '../haproxy-stats.ts';
import { tableName } from './nft-table.ts';

const FIELDS: Readonly<Record<string, readonly [field: keyof Totals, figure: string]>> = {
  'bytes-in': ['bin', 'bytes'],
  'bytes-out': ['bout', 'bytes'],
  connections: ['stot', 'packets'],
};

/** What the rules of all listeners counted, by listener. */
export async function readNftCounters(
  namespace: HaproxyNamespace,
): Promise<ReadonlyMap<string, Totals>> {
  const { status, stdout, output } = await namespace.exec(['nft', '-j', 'list', 'counters']);
  if (status !== 0) throw new Error(`nft does not list its counters: ${output.trim()}`);
  const rows = record(JSON.parse(stdout))['nftables'];
  const counters = Array.isArray(rows) ? rows.map((row) => record(record(row)['counter'])) : [];
  const totals = new Map<string, Totals>();
  const prefix = tableName('');
  for (const counter of counters) {
    const table = text(counter['table']);
    const [field, figure] = FIELDS[text(counter['name'])] ?? [];
    if (!table.startsWith(prefix) || field === undefined || figure === undefined) continue;
    const id = table.slice(prefix.length);
    const before = totals.get(id) ?? { bin: 0, bout: 0, ereq: 0, stot: 0 };
    totals.set(id, { ...before, [field]: Number(counter[figure]) });
  }
  return totals;
}
