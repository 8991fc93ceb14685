import type { Endpoint } from '../http/resource.ts';
import type { JsonSchema } from '../schema/field.ts';
import { answer, listOf, named, nullable } from './answer-schema.ts';
import { NOUNS, type Noun } from './nouns.ts';
import { pathParameters, queryParameters } from './parameters.ts';

/** What a verb of a path does, and what a success looks like. */
export interface Operation {
  readonly summary: string;
  readonly tag: string;
  readonly status: 200 | 201 | 202 | 204;
  readonly answer?: JsonSchema;
  readonly parameters: readonly JsonSchema[];
}

type Described = Omit<Operation, 'parameters'>;

const statistics = answer({ stats: named('Statistics') });
const capabilities = (root: string) => answer({ [root]: listOf(named('Capability')) });
const statuses: Described = {
  summary: 'Show the status tree of a load balancer',
  tag: 'load balancers',
  status: 200,
  answer: answer({ statuses: answer({ loadbalancer: { type: 'object' } }) }),
};

/** Verbs that do more than list, create, show, update, delete. */
const ACTIONS: Readonly<Record<string, Described>> = {
  'GET /loadbalancers/:/status': statuses,
  'GET /loadbalancers/:/statuses': statuses,
  'GET /loadbalancers/:/stats': action(
    'Show the statistics of a load balancer',
    'load balancers',
    200,
    statistics,
  ),
  'PUT /loadbalancers/:/failover': action('Fail a load balancer over', 'load balancers', 202),
  'GET /listeners/:/stats': action(
    'Show the statistics of a listener',
    'listeners',
    200,
    statistics,
  ),
  'PUT /pools/:/members': action('Replace or add members of a pool', 'members of a pool', 202),
  'GET /quotas/:/default': action(
    'Show the default quota',
    'quotas',
    200,
    answer({ quota: named('Quota') }),
  ),
  'PUT /quotas/:': action(
    'Update the quota of a project',
    'quotas',
    202,
    answer({ quota: named('Quota') }),
  ),
  'DELETE /quotas/:': action('Reset the quota of a project', 'quotas', 202),
  'GET /providers': action(
    'List providers',
    'providers',
    200,
    answer({ providers: listOf(named('Provider')) }),
  ),
  'GET /providers/:/flavor_capabilities': action(
    'List what flavors may ask of a provider',
    'providers',
    200,
    capabilities('flavor_capabilities'),
  ),
  'GET /providers/:/availability_zone_capabilities': action(
    'List what availability zones may ask of a provider',
    'providers',
    200,
    capabilities('availability_zone_capabilities'),
  ),
  'GET /octavia/amphorae/:/stats': action(
    'Show the statistics of an amphora',
    'amphorae',
    200,
    answer({ amphora_stats: listOf(named('AmphoraStatistics')) }),
  ),
  'PUT /octavia/amphorae/:/failover': action('Fail an amphora over', 'amphorae', 202),
  'PUT /octavia/amphorae/:/config': action(
    'Update the configuration of an amphora agent',
    'amphorae',
    202,
  ),
};

function action(
  summary: string,
  tag: string,
  status: Operation['status'],
  schema?: JsonSchema,
): Described {
  return { summary, tag, status, ...(schema === undefined ? {} : { answer: schema }) };
}

/** @returns null for what nobody has described: such a verb must not be published */
export function operationOf(method: string, path: string, endpoint: Endpoint): Operation | null {
  const shape = anonymous(path);
  const described = ACTIONS[`${method} ${shape}`] ?? verbOf(method, shape);
  if (described === null) return null;
  const isList = described.summary.startsWith('List');
  return {
    ...described,
    parameters: [...pathParameters(path), ...queryParameters(endpoint, isList)],
  };
}

function verbOf(method: string, path: string): Described | null {
  const ofMany = NOUNS.find((noun) => noun.path === path);
  if (ofMany) return collectionVerb(method, ofMany);
  const ofOne = NOUNS.find((noun) => path === `${noun.path}/:`);
  return ofOne ? itemVerb(method, ofOne) : null;
}

/** Without the names of its parameters. */
function anonymous(path: string): string {
  return path.replace(/:[A-Za-z]+/g, ':');
}

function collectionVerb(method: string, noun: Noun): Described | null {
  if (method === 'POST') return action(`Create ${a(noun.name)}`, noun.names, 201, rooted(noun));
  if (method !== 'GET') return null;
  const page = answer({
    [noun.plural]: listOf(named(noun.component)),
    [noun.links]: nullable(listOf(named('PageLink'))),
  });
  return action(`List ${noun.names}`, noun.names, 200, page);
}

function itemVerb(method: string, noun: Noun): Described | null {
  if (method === 'GET') return action(`Show ${a(noun.name)}`, noun.names, 200, rooted(noun));
  if (method === 'PUT') return action(`Update ${a(noun.name)}`, noun.names, 200, rooted(noun));
  return method === 'DELETE' ? action(`Delete ${a(noun.name)}`, noun.names, 204) : null;
}

function rooted(noun: Noun): JsonSchema {
  return answer({ [noun.root]: named(noun.component) });
}

function a(name: string): string {
  return /^([aeio]|L7)/.test(name) ? `an ${name}` : `a ${name}`;
}
