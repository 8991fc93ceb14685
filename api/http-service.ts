import type { FastifyInstance } from 'fastify';
import type { Service } from '#core/service/daemon.ts';

/** Listens where it is told; on stop answers what is under way and takes nothing new. */
export function httpService(app: FastifyInstance, host: string, port: number): Service {
  return {
    name: 'http',
    start: async () => {
      await app.listen({ host, port });
    },
    stop: () => app.close(),
  };
}
