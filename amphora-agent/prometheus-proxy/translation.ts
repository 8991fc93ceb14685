import { METRIC_FAMILIES } from './metric-names.ts';

interface Translation {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

const TRANSLATIONS: ReadonlyMap<string, Translation> = new Map(
  METRIC_FAMILIES.flatMap(({ haproxyPrefix, octaviaPrefix, labels, names, renamed }) =>
    [
      ...names.map((name) => [haproxyPrefix + name, octaviaPrefix + name] as const),
      ...Object.entries(renamed).map(([from, to]) => [haproxyPrefix + from, to] as const),
    ].map(([from, name]) => [from, { name, labels }] as const),
  ),
);

/** The way of the metrics themselves through HAProxy is none of the tenant's listeners and pools. */
const OWN_WAY = 'prometheus-exporter';

/**
 * HAProxy's metrics as Octavia's: those that tenants know, by the names they know. What a line does not say in a form
 * that we know is left out.
 * @param exported Prometheus' text format, as HAProxy's exporter writes it
 */
export function translateMetrics(exported: string): string {
  const lines: string[] = [];
  for (const line of exported.split('\n')) {
    const translated = line.includes(OWN_WAY) ? null : translateLine(line);
    if (translated !== null) lines.push(translated);
  }
  return lines.map((line) => `${line}\n`).join('');
}

function translateLine(line: string): string | null {
  const [, comment = '', name = '', rest = ''] =
    /^(# (?:HELP|TYPE) )?(haproxy_\w+)(.*)$/.exec(line) ?? [];
  const translation = TRANSLATIONS.get(name);
  if (translation === undefined) return null;
  if (comment !== '') return `${comment}${translation.name}${rest}`;
  return `${translation.name}${withLabels(rest, translation.labels)}`;
}

function withLabels(rest: string, labels: Translation['labels']): string {
  if (!rest.startsWith('{')) return rest;
  return rest.replace(/([{,])(\w+)(?==")/g, (all, before: string, label: string) =>
    label in labels ? `${before}${labels[label]}` : all,
  );
}
