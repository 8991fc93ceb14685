import { record, text } from './link-state.ts';
import type { HaproxyNamespace } from './namespace.ts';

interface Traffic {
  readonly network_tx: number;
  readonly network_rx: number;
}

/** Bytes that each `ethN` of the namespace carried; nothing where there is no namespace yet. */
export async function linkTraffic(
  namespace: HaproxyNamespace,
): Promise<Readonly<Record<string, Traffic>>> {
  if (!(await namespace.exists())) return {};
  const links = (await namespace.ipJson(['-s', 'link', 'show'])).map(record);
  const own = links.filter((link) => text(link['ifname']).startsWith('eth'));
  return Object.fromEntries(
    own.map((link) => {
      const stats = record(link['stats64']);
      const bytes = (way: 'rx' | 'tx'): number => Number(record(stats[way])['bytes'] ?? 0);
      return [text(link['ifname']), { network_tx: bytes('tx'), network_rx: bytes('rx') }];
    }),
  );
}
