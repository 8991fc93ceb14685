import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ApiContext } from '../context.ts';
import { missingArgument, unknownArgument } from '../faults.ts';
import type { BodyType } from '../schema/object.ts';
import { baseUrlOf } from './base-url.ts';
import { jsonOf } from './body.ts';
import { sendJson, sendJsonText } from './json.ts';
import type { ApiRequest, Handler } from './request.ts';
import { methodNotAllowed } from './router-fault.ts';
import { split, splitPrefix } from './url.ts';

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'TRACE', 'OPTIONS'];

/** One verb of a path. */
export interface Endpoint {
  readonly handle: Handler;
  /** Query parameters that mean something; absent: any are taken (lists filter by them, show ignores them). */
  readonly parameters?: readonly string[];
  /** Shape of the body; `handle` parses it where Octavia does. */
  readonly body?: BodyType<unknown>;
}

/** A path and all that may be done there. */
export interface Resource {
  /** Below `/v2`, with `:name` for ids. */
  readonly path: string;
  readonly endpoints: Readonly<Partial<Record<Method, Endpoint>>>;
  /** The `Allow` header: what the controller knows, at whatever path. */
  readonly allow: string;
  /** Verbs that the controller has, but not at this path: 400, naming what is missing or too much. */
  readonly misplaced?: Readonly<Partial<Record<Method, 'id missing' | 'id too much'>>>;
}

export const ALL_METHODS = 'DELETE, GET, POST, PUT';

export function collection(path: string, list: Endpoint, create: Endpoint): Resource {
  return {
    path,
    endpoints: { GET: list, POST: create },
    allow: ALL_METHODS,
    misplaced: { PUT: 'id missing', DELETE: 'id missing' },
  };
}

export function item(path: string, show: Endpoint, update: Endpoint, remove: Endpoint): Resource {
  return {
    path,
    endpoints: { GET: show, PUT: update, DELETE: remove },
    allow: ALL_METHODS,
    misplaced: { POST: 'id too much' },
  };
}

/** Declares a resource: its endpoints, and an answer to every other method. */
export function serve(app: FastifyInstance, context: ApiContext, resource: Resource): void {
  const url = `/v2${resource.path}`;
  for (const [method, endpoint] of Object.entries(resource.endpoints)) {
    app.route({
      method,
      url,
      handler: (request, reply) => run(context, resource, endpoint, request, reply),
    });
  }
  const others = METHODS.filter((method) => !Object.hasOwn(resource.endpoints, method));
  app.route({ method: others, url, handler: (request, reply) => refuse(resource, request, reply) });
}

// Old clients without PUT and DELETE sent these with GET; nothing may change by a GET.
const CLAIMED_METHOD = /^(put|delete)$/i;

async function run(
  context: ApiContext,
  resource: Resource,
  endpoint: Endpoint,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { body, parameters } = endpoint;
  const query = request.query as ApiRequest['query'];
  if (request.method === 'GET' && CLAIMED_METHOD.test(String(query['_method'])))
    throw methodNotAllowed(resource.allow);
  if (parameters) refuseUnknownParameters(query, parameters);
  const json = jsonOf(request.body, body?.argument);
  if (request.method === 'PUT' && body === undefined) refuseUnknownParameters(json ?? {}, []);
  const path = splitPrefix(split(request.originalUrl).path);
  const answer = await endpoint.handle({
    context,
    identity: request.identity,
    requestId: request.id,
    params: request.params as Readonly<Record<string, string>>,
    query,
    body: json,
    base: `${baseUrlOf(request, context.config.osloMiddleware.enableProxyHeadersParsing)}${path.prefix}`,
    path: path.below,
  });
  reply.code(answer.status);
  if (answer.json !== undefined) return sendJsonText(reply, answer.json);
  return answer.body === undefined ? reply.send() : sendJson(reply, answer.body);
}

/** In a query, or in the body of what takes none. */
function refuseUnknownParameters(given: object, known: readonly string[]): void {
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown !== undefined) throw unknownArgument(unknown);
}

function refuse(resource: Resource, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (request.method === 'OPTIONS') return reply.code(200).send();
  const misplaced = resource.misplaced?.[request.method as Method];
  if (misplaced === 'id missing') throw missingArgument('id');
  if (misplaced === 'id too much') throw unknownArgument('id');
  throw methodNotAllowed(resource.allow);
}
