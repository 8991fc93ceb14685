import type { Machine } from '../testbed/machine.ts';
import { type Row, table, whole } from '../testbed/table.ts';
import type { Measured } from './measure.ts';
import type { MemoryLook } from './memory.ts';
import { CONNECTIONS, type Operation } from './operations.ts';

/** All figures of one run, as they go into the JSON file. */
export interface ApiResults {
  readonly machine: Machine;
  readonly operations: readonly {
    readonly operation: Operation;
    readonly statements: number;
    readonly api: Measured;
    /** With a token of Keystone's that the API knows already, and quotas. */
    readonly withToken: Measured;
    readonly bare: Measured;
    readonly sameSql: Measured;
  }[];
  readonly memory: readonly MemoryLook[];
}

export function apiTables({ machine, operations, memory }: ApiResults): readonly string[] {
  const rows = operations.flatMap(({ operation, statements, api, withToken, bare, sameSql }) => [
    row(`${operation}, bare`, bare, api, 0),
    row(`${operation}, same SQL`, sameSql, api, statements),
    row(`${operation}, token`, withToken, api, statements),
    row(`${operation}, API`, api, api, statements),
  ]);
  return [
    `${machine.cores} × ${machine.cpu}, load before: ${machine.loadBefore.toFixed(2)}, ${CONNECTIONS} connections`,
    '',
    ...table(rows),
    ...(memory.length === 0 ? [] : ['', ...table(memory.map(memoryRow))]),
  ];
}

function row(what: string, one: Measured, api: Measured, statements: number): Row {
  return {
    what,
    '/s': whole(one.ratePerSecond),
    'p50 ms': one.latencyMs.p50.toFixed(1),
    'p99 ms': one.latencyMs.p99.toFixed(1),
    'max ms': one.latencyMs.max.toFixed(1),
    '/s and core': whole(1e6 / one.serverMicros),
    'server µs': whole(one.serverMicros),
    'PostgreSQL µs': whole(one.postgresMicros),
    'client µs': whole(one.clientMicros),
    statements: String(statements),
    bytes: whole(one.bytes),
    'API is of its rate': percent(api.ratePerSecond / one.ratePerSecond),
    'of its /s and core': percent(one.serverMicros / api.serverMicros),
  };
}

function memoryRow({ requests, rssBytes }: MemoryLook): Row {
  return { 'after requests': whole(requests), 'resident MiB': whole(rssBytes / 2 ** 20) };
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
