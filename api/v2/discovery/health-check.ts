import type { FastifyInstance } from 'fastify';
import type { ApiContext } from '../../context.ts';
import { toAsciiJson } from '../../http/json.ts';
import { methodNotAllowed } from '../../http/router-fault.ts';

const AWAY = 'The Octavia database is unavailable.';
const OTHER_METHODS = ['POST', 'PUT', 'DELETE', 'PATCH', 'TRACE'];

/** `/healthcheck` for load balancers in front of the API: 200 `OK` or 503; no authentication, no forced JSON. */
export function serveHealthCheck(app: FastifyInstance, context: ApiContext): void {
  const problem = cachedCheck(context);
  app.get('/healthcheck', async (request, reply) => {
    const reason = (await problem()) ?? 'OK';
    const status = reason === 'OK' ? 200 : 503;
    const { type, text } = render(request.headers.accept ?? '', reason);
    return reply.code(status).header('content-type', type).send(text);
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

function render(accept: string, reason: string): { readonly type: string; readonly text: string } {
  if (accept.includes('application/json'))
    return { type: 'application/json', text: toAsciiJson({ detailed: false, reasons: [reason] }) };
  if (accept.includes('text/html'))
    return {
      type: 'text/html; charset=UTF-8',
      text: `<HTML>\n<HEAD><TITLE>Healthcheck Status</TITLE></HEAD>\n<BODY>\n${reason}\n</BODY>\n</HTML>\n`,
    };
  return { type: 'text/plain; charset=UTF-8', text: reason };
}
