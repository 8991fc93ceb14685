import { createBody, updateBody } from '../../api/v2/health-monitors/schema.ts';
import { urlPath } from './address-kinds.ts';
import { enumeration, int, numbers, patterned } from './kinds.ts';
import {
  boolRow,
  type Doing,
  failure,
  ignoredProjectRows,
  KEPT_TAGS,
  nameRow,
  referenceRow,
  tagsRow,
  whenCreating,
} from './shared-rows.ts';
import {
  attributesIn,
  MANDATORY,
  noOption,
  type Row,
  refused,
  shown,
  type Table,
} from './table.ts';
import type { ContractWorld } from './world.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'TRACE', 'OPTIONS', 'CONNECT', 'PATCH'];
const TYPES = ['HTTP', 'HTTPS', 'PING', 'TCP', 'TLS-HELLO', 'UDP-CONNECT', 'SCTP'];

/** Of a monitor that speaks HTTP 1.1. */
function sharedRows(doing: Doing): readonly Row[] {
  const withDefault = (value: unknown) => ({
    ...whenCreating(doing, value),
    whenNull: shown(value),
  });
  const needed = (name: string, kind: Row['kind']): Row => ({
    name,
    kind,
    ...(doing === 'create' ? { absent: MANDATORY } : {}),
    whenNull: noOption(name),
  });
  return [
    nameRow(doing),
    boolRow(doing, 'admin_state_up', true),
    tagsRow(doing, KEPT_TAGS),
    needed('delay', int(0)),
    needed('timeout', int(0)),
    needed('max_retries', int(1, 10)),
    { name: 'max_retries_down', kind: int(1, 10), ...withDefault(3) },
    { name: 'http_method', kind: enumeration(...METHODS), ...withDefault('GET') },
    { name: 'url_path', kind: urlPath, ...withDefault('/') },
    {
      name: 'expected_codes',
      kind: patterned({
        pattern: String.raw`^(\d{3}(\s*,\s*\d{3})*)$|^(\d{3}-\d{3})$`,
        lengthMax: 64,
        good: ['200', '200,201 ,\t202', '200-204', `${'200,'.repeat(15)}200`],
        bad: ['', '20', '2000', '200-', '200-204,300', '200,', 'all'],
      }),
      ...withDefault('200'),
    },
    {
      name: 'http_version',
      kind: numbers('1.0, 1.1', 1, 1.1),
      ...(doing === 'create' ? { absent: shown(null) } : {}),
      whenNull: shown(null),
    },
    {
      name: 'domain_name',
      kind: patterned({
        pattern: String.raw`^(?=.{1,253}\.?$)(?:(?!-|[^.]+_)[A-Za-z0-9-_]{1,63}(?<!-)(?:\.|$))+$`,
        lengthMax: 255,
        good: ['www.example.com', 'a', '_a.example.', `${'a'.repeat(63)}.b`],
        bad: ['-a.example', 'a-.example', 'a b', 'a..b', 'a_b.c', 'é', `${'a'.repeat(64)}.b`],
      }),
      refuses: [
        [
          '',
          (at) =>
            `Invalid input for field/attribute ${at.name}. Value: ''. Value should have a minimum character requirement of 1`,
        ],
      ],
      ...withDefault(null),
    },
  ];
}

const datagramOnly = (type: string) =>
  failure(`The ${type} type is only supported for pools of type UDP/SCTP.`);

const typeRow: Row = {
  name: 'type',
  kind: enumeration(...TYPES),
  accepts: TYPES.slice(0, 5).map((type) => [type]),
  refuses: TYPES.slice(5).map((type) => [type, datagramOnly(type)]),
  absent: MANDATORY,
  whenNull: noOption('type'),
};

/** All that a monitor has by itself. */
export const newMonitorRows: readonly Row[] = [...sharedRows('create'), typeRow];

export function withVersion(attributes: Readonly<Record<string, unknown>>): object {
  return 'domain_name' in attributes ? { http_version: 1.1 } : {};
}

export function healthMonitorTables(w: ContractWorld): readonly Table[] {
  const { api } = w;
  const shared = {
    argument: 'health_monitor_',
    root: 'healthmonitor',
    path: 'health_monitor_.healthmonitor',
    reset: () => w.settle('health_monitor'),
    find: ({ json }: { json?: { healthmonitor: Record<string, unknown> } }) =>
      json?.healthmonitor ?? {},
  };
  const base = { type: 'HTTP', delay: 5, timeout: 3, max_retries: 2 };
  return [
    {
      ...shared,
      title: 'creating a health monitor',
      successStatus: 201,
      attributes: attributesIn(createBody.schema, 'healthmonitor'),
      rows: [
        ...newMonitorRows,
        ...ignoredProjectRows,
        {
          ...referenceRow('pool_id', 'Pool', w.pool),
          absent: MANDATORY,
          whenNull: refused('Pool None not found.', 404),
          shownBy: ({ pools }) => (pools as { id: string }[])[0]?.id,
        },
      ],
      unknown: ['id', 'description', 'pools'],
      compose: (attributes) => ({
        healthmonitor: { pool_id: w.pool, ...base, ...withVersion(attributes), ...attributes },
      }),
      send: (body) => api.post('/healthmonitors', body),
    },
    {
      ...shared,
      title: 'updating a health monitor',
      successStatus: 200,
      attributes: attributesIn(updateBody.schema, 'healthmonitor'),
      rows: sharedRows('update'),
      unknown: ['type', 'pool_id', 'project_id', 'tenant_id', 'id'],
      compose: (attributes) => ({ healthmonitor: { ...withVersion(attributes), ...attributes } }),
      send: (body) => api.put(`/healthmonitors/${w.healthMonitor}`, body),
    },
  ];
}
