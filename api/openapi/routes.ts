import type { FastifyInstance } from 'fastify';
import { sendJson } from '../http/json.ts';
import type { Resource } from '../http/resource.ts';
import { methodNotAllowed } from '../http/router-fault.ts';
import { split } from '../http/url.ts';
import { openApiDocument } from './document.ts';
import { openApiPage } from './page.ts';

/** `.json` at the end of a path is cut off before routing, so this is `/v2/openapi.json` too. */
export const OPENAPI_PATH = '/v2/openapi';
const OTHER_METHODS = ['HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'TRACE'];

/** What there is to ask for: `openapi.json` for machines, `openapi` for people. No token is needed to read it. */
export function serveOpenApi(
  app: FastifyInstance,
  resources: readonly Resource[],
  version: string,
): void {
  const document = openApiDocument(resources, version);
  const page = openApiPage(document);
  app.get(OPENAPI_PATH, (request, reply) =>
    split(request.originalUrl).path.endsWith('.json')
      ? sendJson(reply, document)
      : reply.type('text/html; charset=utf-8').send(page),
  );
  app.route({
    method: OTHER_METHODS,
    url: OPENAPI_PATH,
    handler: () => {
      throw methodNotAllowed('GET');
    },
  });
}
