import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { type Identity, NOBODY } from './auth/strategy.ts';
import type { ApiContext } from './context.ts';
import { type ErrorResponse, toErrorResponse, tooLarge } from './error-response.ts';
import { acceptsJson } from './http/accept.ts';
import { readBodies, UnknownMimetype } from './http/body.ts';
import { corsHeaders } from './http/cors.ts';
import { sendJson } from './http/json.ts';
import { RouterFault } from './http/router-fault.ts';
import { canonicalUrl } from './http/url.ts';
import { OPENAPI_PATH } from './openapi/routes.ts';
import { globalRequestId, newRequestId } from './request-id.ts';
import { serveEverything } from './v2/resources.ts';

declare module 'fastify' {
  interface FastifyRequest {
    identity: Identity;
  }
}

const HEALTHCHECK = '/healthcheck';

/** The application, without a port. The hooks stand in the order in which they run. */
export function buildServer(context: ApiContext): FastifyInstance {
  const bodyLimit = context.config.osloMiddleware.requestBodySizeMax;
  const app = Fastify({
    bodyLimit,
    genReqId: newRequestId,
    rewriteUrl: (request) => canonicalUrl(request.url ?? '/'),
    routerOptions: { maxParamLength: 1024 },
    exposeHeadRoutes: false,
    // A request is bounded from its first byte on; answers that need a cloud are bounded by the drivers.
    connectionTimeout: 0,
    requestTimeout: 60_000,
    keepAliveTimeout: 75_000,
    return503OnClosing: true,
    frameworkErrors: (error, request, reply) => void sendError(context, error, request, reply),
  });
  app.decorateRequest('identity');
  readBodies(app);

  app.addHook('onRequest', async (request, reply) => {
    if (Number(request.headers['content-length'] ?? 0) > bodyLimit) return send(reply, tooLarge());
  });
  app.addHook('onRequest', async (request, reply) => {
    const cors = corsHeaders(context.config.cors, request.method, request.headers);
    if (cors) reply.headers(cors);
    if (request.method === 'OPTIONS') return reply.code(200).send();
  });
  app.addHook('onRequest', async (request) => {
    request.identity = isPublic(request.url)
      ? NOBODY
      : await context.auth.authenticate(request.headers);
  });
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-openstack-request-id', request.id);
  });
  app.addHook('onRequest', async (request) => {
    if (!request.url.startsWith(HEALTHCHECK) && !acceptsJson(request.headers.accept))
      throw new RouterFault(
        406,
        'Not Acceptable',
        'Only content type application/json is accepted.',
      );
  });
  app.addHook('onResponse', async (request, reply) => logRequest(context, request, reply));

  app.setErrorHandler((error, request, reply) => sendError(context, error, request, reply));
  app.setNotFoundHandler((request) => {
    throw new RouterFault(404, 'Not Found', /^\/v2(\/|$)/.test(request.url) ? '' : null);
  });
  serveEverything(app, context);
  return app;
}

function isPublic(url: string): boolean {
  const [path] = url.split('?');
  return path === '/' || path === OPENAPI_PATH || url.startsWith(HEALTHCHECK);
}

function sendError(
  context: ApiContext,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const response =
    error instanceof UnknownMimetype ? unknownMimetype(error) : toErrorResponse(error);
  if (response.isUnexpected)
    context.logger.error(
      { error, request_id: request.id, method: request.method, path: request.url.split('?')[0] },
      'request failed',
    );
  if (response.status === 401) reply.header('www-authenticate', context.auth.challenge);
  return send(reply, response);
}

function unknownMimetype(error: UnknownMimetype): ErrorResponse {
  return {
    status: 415,
    body: { faultcode: 'Client', faultstring: error.message, debuginfo: null },
    headers: {},
    isUnexpected: false,
  };
}

function send(reply: FastifyReply, response: ErrorResponse): FastifyReply {
  reply.code(response.status).headers(response.headers);
  return typeof response.body === 'string'
    ? reply.send(response.body)
    : sendJson(reply, response.body);
}

function logRequest(context: ApiContext, request: FastifyRequest, reply: FastifyReply): void {
  const globalId = globalRequestId(request.headers['x-openstack-request-id']);
  context.logger.info(
    {
      request_id: request.id,
      ...(globalId === null ? {} : { global_request_id: globalId }),
      method: request.method,
      path: request.originalUrl.split('?')[0],
      status: reply.statusCode,
      duration_ms: Math.round(reply.elapsedTime * 10) / 10,
      project_id: request.identity?.projectId ?? null,
      ...loadBalancerIn(request),
    },
    'request',
  );
}

/** The load balancer that the path names, to be found by in the log. */
function loadBalancerIn(request: FastifyRequest): { load_balancer_id?: string } {
  if (!request.routeOptions.url?.startsWith('/v2/loadbalancers/:id')) return {};
  const { id } = request.params as { id?: string };
  return id === undefined ? {} : { load_balancer_id: id };
}
