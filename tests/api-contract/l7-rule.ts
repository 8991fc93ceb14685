import { createBody, updateBody } from '../../api/v2/l7-rules/schema.ts';
import { enumeration, patterned } from './kinds.ts';
import { boolRow, type Doing, ignoredProjectRows, tagsRow } from './shared-rows.ts';
import { attributesIn, MANDATORY, type Row, refused, type Table } from './table.ts';
import type { ContractWorld } from './world.ts';

const bad = (inner: string) => `Error parsing L7Rule: ${inner}`;
const TYPES = [
  'HOST_NAME',
  'PATH',
  'FILE_TYPE',
  'HEADER',
  'COOKIE',
  'SSL_CONN_HAS_CERT',
  'SSL_VERIFY_RESULT',
  'SSL_DN_FIELD',
];

const oneLine = (good: readonly string[]) =>
  patterned({
    pattern: String.raw`^[^\r\n]*$`,
    lengthMax: 255,
    good,
    bad: ['a\nb', 'a\rb', '\n'],
  });

/** Of a rule about a header; `contract.test.ts` of the noun has what each type asks of the others. */
export function sharedRuleRows(doing: Doing): readonly Row[] {
  const mandatory = doing === 'create' ? { absent: MANDATORY } : {};
  const noKey = refused(bad('Invalid L7 Rule: L7 rule type requires a key'));
  return [
    boolRow(doing, 'admin_state_up', true),
    boolRow(doing, 'invert', false),
    tagsRow(doing),
    {
      name: 'type',
      kind: enumeration(...TYPES),
      accepts: [['HEADER'], ['COOKIE']],
      ...mandatory,
      whenNull: refused(bad('Invalid L7 Rule: invalid rule type')),
    },
    {
      name: 'compare_type',
      kind: enumeration('REGEX', 'STARTS_WITH', 'ENDS_WITH', 'CONTAINS', 'EQUAL_TO'),
      ...mandatory,
      whenNull: refused(bad('Invalid L7 Rule: invalid comparison type for rule type')),
    },
    {
      name: 'key',
      kind: oneLine(["!#$%&'*+-.^_`|~09", 'k'.repeat(255), 'X-App']),
      refuses: [
        ['', bad('Invalid L7 Rule: L7 rule type requires a key')],
        ...['a b', 'a:', 'é'].map((sent) => [sent, bad('Invalid characters in key')] as const),
      ],
      ...(doing === 'create' ? { absent: noKey } : {}),
      whenNull: noKey,
    },
    {
      name: 'value',
      kind: oneLine(['"a \t b"', '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~', 'v'.repeat(255)]),
      refuses: [
        ['', bad('Invalid L7 Rule: L7 rule type requires a value')],
        ...['a b', 'é'].map((sent) => [sent, bad('Invalid characters in header value')] as const),
      ],
      ...mandatory,
      whenNull: refused(bad('Invalid L7 Rule: L7 rule type requires a value')),
    },
  ];
}

export function l7RuleTables(w: ContractWorld): readonly Table[] {
  const { api } = w;
  const path = `/l7policies/${w.l7Policy}/rules`;
  const base = { type: 'HEADER', compare_type: 'STARTS_WITH', key: 'X-App', value: 'a' };
  const shared = {
    root: 'rule',
    reset: () => w.settle('l7_rule'),
    find: ({ json }: { json?: { rule: Record<string, unknown> } }) => json?.rule ?? {},
  };
  return [
    {
      ...shared,
      title: 'creating an L7 rule',
      argument: 'rule_',
      path: 'rule_.rule',
      successStatus: 201,
      attributes: attributesIn(createBody.schema, 'rule'),
      rows: [...sharedRuleRows('create'), ...ignoredProjectRows],
      unknown: ['id', 'name', 'l7policy_id'],
      compose: (attributes) => ({ rule: { ...base, ...attributes } }),
      send: (body) => api.post(path, body),
    },
    {
      ...shared,
      title: 'updating an L7 rule',
      argument: 'l7rule_',
      path: 'l7rule_.rule',
      successStatus: 200,
      attributes: attributesIn(updateBody.schema, 'rule'),
      rows: sharedRuleRows('update'),
      unknown: ['project_id', 'tenant_id', 'name', 'id'],
      compose: (attributes) => ({ rule: { ...base, ...attributes } }),
      send: (body) => api.put(`${path}/${w.l7Rule}`, body),
    },
  ];
}
