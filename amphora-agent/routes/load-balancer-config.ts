import { createHash } from 'node:crypto';
import type { AgentFigures } from '../agent-figures.ts';
import { readIfPresent } from '../apply/atomic-file.ts';
import { applyHaproxyConfig } from '../apply/haproxy-config.ts';
import { done, type Reply, refuse, tagged } from '../http-message.ts';
import { loadBalancerPaths } from '../paths.ts';
import { asSent } from '../render/access-log.ts';
import { haproxyUnit, type UnitContext } from '../render/haproxy-unit.ts';
import type { Route } from '../router.ts';
import { ServiceFailure, type ServiceManager } from '../service-manager.ts';

/** Upload and download of a load balancer's HAProxy configuration. Nothing is started: the controller asks for that. */
export function loadBalancerConfigRoutes(
  context: UnitContext,
  services: ServiceManager,
  figures: AgentFigures,
): readonly Route[] {
  return [
    {
      method: 'PUT',
      path: '/1.0/loadbalancer/:amphoraId/:loadBalancerId/haproxy',
      isChange: true,
      async handle({ params, body }) {
        const loadBalancerId = params['loadBalancerId'] ?? '';
        const applied = await applyHaproxyConfig(context, loadBalancerId, body.toString('utf8'));
        figures.count('configurations', { outcome: applied.kind });
        if (applied.kind === 'refused') throw refuse(400, 'Invalid request', applied.output);
        await install(services, context, loadBalancerId);
        return tagged(done(202), md5(body));
      },
    },
    {
      method: 'GET',
      path: '/1.0/loadbalancer/:loadBalancerId/haproxy',
      isChange: false,
      async handle({ params }): Promise<Reply> {
        const loadBalancerId = params['loadBalancerId'] ?? '';
        const file = loadBalancerPaths(context.paths, loadBalancerId).config;
        const content = await readIfPresent(file);
        if (content === null) throw noLoadBalancer(loadBalancerId);
        const body = asSent(content.toString('utf8'));
        return {
          status: 200,
          contentType: 'text/plain; charset=UTF-8',
          body,
          etag: md5(Buffer.from(body)),
        };
      },
    },
  ];
}

export function noLoadBalancer(id: string): Error {
  return refuse(404, 'Loadbalancer Not Found', `No loadbalancer with UUID: ${id}`);
}

/** Not a secret and not a signature: it tells the controller whether what it would send is here already. */
export function md5(content: Buffer): string {
  return createHash('md5').update(content).digest('hex');
}

async function install(
  services: ServiceManager,
  context: UnitContext,
  loadBalancerId: string,
): Promise<void> {
  try {
    await services.install(haproxyUnit(context, loadBalancerId));
  } catch (error) {
    if (!(error instanceof ServiceFailure)) throw error;
    throw refuse(500, `Error enabling haproxy-${loadBalancerId} service`, error.output);
  }
}
