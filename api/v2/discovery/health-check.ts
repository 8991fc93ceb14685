import type { FastifyInstance } from 'fastify';
import type { ApiContext } from '../../context.ts';
import { methodNotAllowed } from '../../http/router-fault.ts';
import { AWAY, renderHealth } from './health-report.ts';

const OTHER_METHODS = ['POST', 'PUT', 'DELETE', 'PATCH', 'TRACE'];

/** `/healthcheck` for load balancers in front of the API: 200 `OK` or 503; no authentication, no forced JSON. */
export function serveHealthCheck(app: FastifyInstance, context: ApiContext): void {
  const problem = cachedCheck(context);
  const { isDetailed } = context.config.healthcheck;
  app.get('/healthcheck', async (request, reply) => {
    const found = await problem();
    const report = { problem: found, isDetailed, nowMs: context.clock.nowMs() };
    const { type, text } = renderHealth(request.headers.accept ?? '', report);
    // As bytes, since the framework would add a charset to JSON.
    return reply
      .code(found === null ? 200 : 503)
      .header('content-type', type)
      .send(Buffer.from(text));
  });
  app.head('/healthcheck', async (_, reply) =>
    reply.code((await problem()) === null ? 204 : 503).send(),
  );
  app.route({
    method: OTHER_METHODS,
    url: '/healthcheck',
    handler: () => {
      throw methodNotAllowed('GET, HEAD');
    },
  });
}

/** Asks the database at most once an interval, however often we are asked. */
function cachedCheck(context: ApiContext): () => Promise<string | null> {
  const intervalMs = context.config.apiSettings.healthcheckRefreshIntervalSeconds * 1000;
  let expiresAtMs = Number.NEGATIVE_INFINITY;
  let answer: Promise<string | null> = Promise.resolve(null);
  return () => {
    const nowMs = context.clock.monotonicMs();
    if (nowMs >= expiresAtMs) {
      expiresAtMs = nowMs + intervalMs;
      answer = context.database.query('select 1').then(
        () => null,
        () => AWAY,
      );
    }
    return answer;
  };
}
