import { createBody, updateBody } from '../../api/v2/l7-policies/schema.ts';
import { url } from './address-kinds.ts';
import { enumeration, int, numbers } from './kinds.ts';
import { objects } from './list-kinds.ts';
import {
  boolRow,
  type Doing,
  failure,
  ignoredProjectRows,
  namesRows,
  referenceRow,
  tagsRow,
} from './shared-rows.ts';
import {
  attributesIn,
  MANDATORY,
  type Outcome,
  type Row,
  refused,
  shown,
  type Table,
} from './table.ts';
import type { ContractWorld } from './world.ts';

const badArguments = (detail: string) => `Invalid L7 Policy arguments: ${detail}`;
const ADDRESS = 'https://example.org/';
const NO_ACTION = refused('Invalid L7 Policy action specified: None');

/** The action that each target is for. */
const ACTIONS: Readonly<Record<string, string>> = {
  redirect_pool_id: 'REDIRECT_TO_POOL',
  redirect_url: 'REDIRECT_TO_URL',
  redirect_prefix: 'REDIRECT_PREFIX',
};

export function sharedPolicyRows(doing: Doing): readonly Row[] {
  const missing = (name: string): Outcome => refused(badArguments(`${name} must not be None`));
  return [
    ...namesRows(doing),
    boolRow(doing, 'admin_state_up', true),
    tagsRow(doing),
    {
      name: 'action',
      kind: enumeration('REJECT', 'REDIRECT_TO_POOL', 'REDIRECT_TO_URL', 'REDIRECT_PREFIX'),
      accepts: [['REJECT']],
      refuses: [
        ['REDIRECT_TO_URL', badArguments('redirect_url must not be None')],
        ['REDIRECT_PREFIX', badArguments('redirect_prefix must not be None')],
        ['REDIRECT_TO_POOL', badArguments('redirect_pool_id or redirect_pool must not be None')],
      ],
      ...(doing === 'create' ? { absent: MANDATORY } : {}),
      whenNull: NO_ACTION,
    },
    ...['redirect_url', 'redirect_prefix'].map(
      (name): Row => ({
        name,
        kind: url,
        ...(doing === 'create' ? { absent: missing(name) } : {}),
        whenNull: missing(name),
      }),
    ),
    {
      name: 'redirect_http_code',
      kind: numbers('301, 302, 303, 307, 308', 301, 302, 303, 307, 308),
      // The update names the target too, and so has the code of a fresh redirect.
      absent: shown(302),
      whenNull: shown(302),
    },
  ];
}

const noPool = refused(badArguments('redirect_pool_id or redirect_pool must not be None'));

/** With the action that gives the attribute a meaning. */
export function withAction(attributes: Readonly<Record<string, unknown>>): object {
  const [name = ''] = Object.keys(attributes);
  if (name === 'redirect_http_code') return { action: 'REDIRECT_TO_URL', redirect_url: ADDRESS };
  return { action: ACTIONS[name] ?? 'REJECT' };
}

/** @param last where the last one is */
export const positions = (last: number) => ({
  name: 'position',
  kind: int(1, 2_147_483_647),
  accepts: [[1], ['1', 1], [2, last], [7.9, last], [2_147_483_647, last]] as const,
});

/** An update must change something; a code means something only with a redirect. */
function withMore(attributes: Readonly<Record<string, unknown>>): object {
  if ('redirect_http_code' in attributes) return { redirect_url: ADDRESS };
  return 'description' in attributes ? { name: 'n' } : { description: 'd' };
}

export function l7PolicyTables(w: ContractWorld): readonly Table[] {
  const { api } = w;
  const shared = {
    argument: 'l7policy_',
    root: 'l7policy',
    path: 'l7policy_.l7policy',
    reset: () => w.settle('l7_policy'),
    find: ({ json }: { json?: { l7policy: Record<string, unknown> } }) => json?.l7policy ?? {},
  };
  return [
    {
      ...shared,
      title: 'creating an L7 policy',
      successStatus: 201,
      attributes: attributesIn(createBody.schema, 'l7policy'),
      rows: [
        ...sharedPolicyRows('create'),
        ...ignoredProjectRows,
        { ...positions(2), absent: shown(2), whenNull: shown(2) },
        { ...referenceRow('redirect_pool_id', 'Pool', w.pool), absent: noPool, whenNull: noPool },
        {
          ...referenceRow('listener_id', 'Listener', w.listener),
          absent: MANDATORY,
          whenNull: refused('Listener None not found.', 404),
        },
        {
          name: 'rules',
          kind: objects,
          refuses: [
            [
              [{ type: 'PATH', compare_type: 'REGEX', value: 'a' }],
              failure('rules can only be given when a whole load balancer is created.'),
            ],
          ],
          absent: shown([]),
          whenNull: shown([]),
        },
      ],
      unknown: ['id', 'redirect_pool', 'provisioning_status'],
      compose: (attributes) => ({
        l7policy: { listener_id: w.listener, ...withAction(attributes), ...attributes },
      }),
      send: (body) => api.post('/l7policies', body),
    },
    {
      ...shared,
      title: 'updating an L7 policy',
      successStatus: 200,
      attributes: attributesIn(updateBody.schema, 'l7policy'),
      rows: [
        ...sharedPolicyRows('update'),
        { ...positions(1), whenNull: shown(1) },
        { ...referenceRow('redirect_pool_id', 'Pool', w.pool), whenNull: noPool },
      ],
      unknown: ['listener_id', 'project_id', 'tenant_id', 'rules', 'redirect_pool', 'id'],
      compose: (attributes) => ({ l7policy: { ...withMore(attributes), ...attributes } }),
      send: (body) => api.put(`/l7policies/${w.l7Policy}`, body),
    },
  ];
}
