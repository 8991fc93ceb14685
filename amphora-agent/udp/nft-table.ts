import { type ServiceRules, serviceRules } from './nft-service.ts';
import type { ServedService } from './nft-words.ts';

const REMEMBERED_MAX = 65_536;

/** The table of a listener: nothing of another listener is in it, so that a change of one touches no other. */
export function tableName(listenerId: string): string {
  return `octavia-lvs-${listenerId}`;
}

/**
 * The nft script that makes a listener's rules be these, in one step. Counters, and who was sent where, stay from the
 * rules before.
 */
export function renderTable(listenerId: string, served: readonly ServedService[]): string {
  const table = `inet ${tableName(listenerId)}`;
  const rules = served.map(serviceRules);
  return [
    ...frame(table),
    ...rules.flatMap((each) => [
      ...each.sets.map((set) => `add ${set.kind} ${table} ${set.name} ${set.definition}`),
      ...[...each.chains.keys()].map((chain) => `add chain ${table} ${chain}`),
    ]),
    ...ruleLines(table, rules),
    '',
  ].join('\n');
}

/** Nothing is balanced any more; the counters stay. */
export function renderStopped(listenerId: string): string {
  return [...frame(`inet ${tableName(listenerId)}`), ''].join('\n');
}

export function renderRemoved(listenerId: string): string {
  const table = `inet ${tableName(listenerId)}`;
  return `add table ${table}\ndelete table ${table}\n`; // also when it is not there
}

/** What every such table has; added again it stays as it is. Rules go, counters and sets stay. */
function frame(table: string): readonly string[] {
  return [
    `add table ${table}`,
    ...['bytes-in', 'bytes-out', 'connections'].map((name) => `add counter ${table} ${name}`),
    `add chain ${table} arriving { type nat hook prerouting priority dstnat; policy accept; }`,
    `add chain ${table} passing { type filter hook forward priority filter; policy accept; }`,
    `add chain ${table} unserved { type filter hook input priority filter; policy accept; }`,
    ...[4, 6].map(
      (version) =>
        `add map ${table} remembered${version} { type ipv${version}_addr : mark; size ${REMEMBERED_MAX}; flags dynamic,timeout; }`,
    ),
    `flush table ${table}`,
  ];
}

function ruleLines(table: string, rules: readonly ServiceRules[]): readonly string[] {
  return rules.flatMap(({ chains, base }) =>
    [...chains, ...base].flatMap(([chain, lines]) =>
      lines.map((line) => `add rule ${table} ${chain} ${line}`),
    ),
  );
}
