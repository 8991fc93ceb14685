import type { FastifyInstance } from 'fastify';
import { Counter, Histogram, type Registry } from 'prom-client';
import type { TokenOutcome } from './auth/keystone.ts';

const BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

/** Counts and times every answer, by method, route (never by id) and status. */
export function measure(app: FastifyInstance, registry: Registry): void {
  const answers = new Histogram({
    name: 'octavia_api_request_duration_seconds',
    help: 'answers of the API and how long they took',
    labelNames: ['method', 'route', 'status'],
    buckets: BUCKETS_SECONDS,
    registers: [registry],
  });
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none';
    answers.observe(
      { method: request.method, route, status: String(reply.statusCode) },
      reply.elapsedTime / 1000,
    );
  });
}

/** Counts tokens by what became of them; a plain sum, since every request passes here. */
export function countTokens(registry: Registry): (outcome: TokenOutcome) => void {
  const sums: Record<TokenOutcome, number> = {
    cached: 0,
    validated: 0,
    refused: 0,
    unavailable: 0,
  };
  registry.registerMetric(
    new Counter({
      name: 'octavia_api_tokens_total',
      help: 'tokens: known to be good, found good by Keystone, refused, or not to be judged since Keystone is away',
      labelNames: ['outcome'],
      registers: [],
      collect() {
        this.reset();
        for (const [outcome, sum] of Object.entries(sums)) this.inc({ outcome }, sum);
      },
    }),
  );
  return (outcome) => {
    sums[outcome] += 1;
  };
}
