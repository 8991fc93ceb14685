import type { Endpoint, Resource } from '../http/resource.ts';
import type { JsonSchema } from '../schema/field.ts';
import { named } from './answer-schema.ts';
import { COMPONENTS } from './components.ts';
import { NOUNS } from './nouns.ts';
import { type Operation, operationOf } from './operation.ts';
import { PARAMETERS } from './parameters.ts';
import { requestSchema } from './request-schema.ts';

export interface OpenApiDocument {
  readonly openapi: '3.1.0';
  readonly paths: Readonly<Record<string, Readonly<Record<string, JsonSchema>>>>;
  readonly [part: string]: unknown;
}

const MOUNT = '/v2.0/lbaas';
const DESCRIPTION = `Load balancing as a service. Attributes given as null stand for their default; times are UTC without
a zone. Lists take any attribute of theirs as a filter. The same resources answer below /v2/lbaas, /v2.0 and /v2.`;

/**
 * The whole API as an OpenAPI 3.1 document, from the resources that are served and the shapes that validate.
 * @param version of this API, e.g. `v2.30`
 * @throws when a verb is served that nobody has described
 */
export function openApiDocument(resources: readonly Resource[], version: string): OpenApiDocument {
  return {
    openapi: '3.1.0',
    info: {
      title: 'OpenStack load balancer',
      version,
      description: DESCRIPTION,
      license: { name: 'Apache 2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ token: [] }],
    tags: tagsOf(),
    paths: Object.fromEntries(resources.flatMap(pathOf)),
    components: {
      schemas: COMPONENTS,
      parameters: PARAMETERS,
      responses: { Fault: faultAnswer },
      securitySchemes: { token: { type: 'apiKey', in: 'header', name: 'X-Auth-Token' } },
    },
  };
}

const faultAnswer = {
  description: 'What was wrong, in `faultstring`',
  content: { 'application/json': { schema: named('Fault') } },
};

function tagsOf(): readonly JsonSchema[] {
  const own = NOUNS.map(({ names, description }) => ({ name: names, description }));
  return [...own, { name: 'providers', description: 'What makes the load balancers' }];
}

/** Served only to be refused: Octavia knows providers by a list alone. */
const NO_PATH = '/providers/:name';

function pathOf(resource: Resource): [string, Record<string, JsonSchema>][] {
  if (resource.path === NO_PATH) return [];
  const verbs = Object.entries(resource.endpoints);
  const mount = resource.path.startsWith('/octavia/') ? '/v2.0' : MOUNT;
  const path = mount + resource.path.replace(/:([A-Za-z]+)/g, '{$1}');
  const operations = verbs.map(([method, endpoint]): [string, JsonSchema] => [
    method.toLowerCase(),
    verbOf(method, resource.path, endpoint),
  ]);
  return [[path, Object.fromEntries(operations)]];
}

function verbOf(method: string, path: string, endpoint: Endpoint): JsonSchema {
  const operation = operationOf(method, path, endpoint);
  if (operation === null) throw new Error(`${method} ${path} is served, but not described`);
  return {
    operationId: operationId(operation, path),
    summary: operation.summary,
    tags: [operation.tag],
    parameters: operation.parameters,
    ...(endpoint.body ? { requestBody: requestBody(requestSchema(endpoint.body.schema)) } : {}),
    responses: responsesOf(operation),
  };
}

/** `Show the statistics of a listener` → `showTheStatisticsOfAListener`; a second path to the same adds its last word. */
function operationId({ summary }: Operation, path: string): string {
  const words = summary.split(/[^A-Za-z0-9]+/).map((word) => word.toLowerCase());
  const name = words.map((word, index) => (index === 0 ? word : capital(word))).join('');
  return path.endsWith('/statuses') ? `${name}Alias` : name;
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

function requestBody(schema: JsonSchema): JsonSchema {
  return { required: true, content: { 'application/json': { schema } } };
}

function responsesOf({ status, answer }: Operation): JsonSchema {
  const success = answer
    ? { description: 'Done', content: { 'application/json': { schema: answer } } }
    : { description: 'Accepted, nothing to say' };
  const fault = { $ref: '#/components/responses/Fault' };
  return { [status]: success, '4XX': fault, '5XX': fault };
}
