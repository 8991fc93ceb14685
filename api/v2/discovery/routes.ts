import type { FastifyInstance } from 'fastify';
import type { ApiContext } from '../../context.ts';
import { baseUrlOf } from '../../http/base-url.ts';
import { sendJson } from '../../http/json.ts';
import { methodNotAllowed } from '../../http/router-fault.ts';
import { split, splitPrefix } from '../../http/url.ts';
import { versionDocument } from './versions.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'TRACE', 'OPTIONS'];

/** `/`: the versions, whatever the method and without a token. `/v2` and its aliases: just the name. */
export function serveDiscovery(app: FastifyInstance, context: ApiContext): void {
  const { enableProxyHeadersParsing } = context.config.osloMiddleware;
  app.route({
    method: METHODS,
    url: '/',
    handler: (request, reply) => {
      const { prefix } = splitPrefix(split(request.originalUrl).path);
      return sendJson(
        reply,
        versionDocument(`${baseUrlOf(request, enableProxyHeadersParsing)}${prefix}`),
      );
    },
  });
  for (const url of ['/v2', '/v2/octavia']) {
    app.get(url, (_, reply) => sendJson(reply, 'v2'));
    app.route({
      method: METHODS.filter((method) => method !== 'GET'),
      url,
      handler: () => {
        throw methodNotAllowed('GET');
      },
    });
  }
}
