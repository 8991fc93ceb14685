import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { translateMetrics } from './translation.ts';

const read = (file: string): string =>
  readFileSync(new URL(`./testdata/${file}`, import.meta.url), 'utf8');

interface NameMap {
  readonly dropped: readonly string[];
  readonly metrics: readonly {
    readonly haproxy: string;
    readonly octavia: string;
    readonly labels: Readonly<Record<string, string>>;
  }[];
}
const map = JSON.parse(read('map.json')) as NameMap;

test('what HAProxy exports becomes what the original makes of it, line by line', () => {
  expect(translateMetrics(read('haproxy-2.6-exporter.txt')).split('\n')).toEqual(
    read('octavia-metrics.txt').split('\n'),
  );
});

test('each of the 142 metrics has its name, in its lines of help and type too, and its labels', () => {
  expect(map.metrics).toHaveLength(142);
  for (const { haproxy, octavia, labels } of map.metrics) {
    const given = Object.keys(labels).map((label) => `${label}="x"`);
    const wanted = Object.values(labels).map((label) => `${label}="x"`);
    const exported = `# HELP ${haproxy} Text.\n# TYPE ${haproxy} gauge\n${haproxy}{${[...given, 'state="UP"'].join()}} 1\n`;
    if (haproxy.startsWith('haproxy_process_')) continue;
    expect(translateMetrics(exported)).toBe(
      `# HELP ${octavia} Text.\n# TYPE ${octavia} gauge\n${octavia}{${[...wanted, 'state="UP"'].join()}} 1\n`,
    );
  }
  const processes = map.metrics.filter(({ haproxy }) => haproxy.startsWith('haproxy_process_'));
  expect(translateMetrics(processes.map(({ haproxy }) => `${haproxy} 1\n`).join(''))).toBe(
    processes.map(({ octavia }) => `${octavia} 1\n`).join(''),
  );
});

test('what is the operator’s alone is left out', () => {
  expect(map.dropped.length).toBeGreaterThan(40);
  for (const name of map.dropped)
    expect(translateMetrics(`# TYPE ${name} gauge\n${name}{proxy="x"} 1\n${name} 1\n`)).toBe('');
});

test('nothing but metrics of Octavia comes out, whatever comes in', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const lines = translateMetrics(`haproxy_${text}\n${text}\nhaproxy_process_listeners ${text}`);
      for (const line of lines.split('\n')) expect(line).toMatch(/^(octavia_|# (HELP|TYPE) |$)/);
    }),
  );
});
