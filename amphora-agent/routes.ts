import { systemClock } from '#core/service/system-clock.ts';
import type { AgentFigures } from './agent-figures.ts';
import type { PlugHost } from './apply/plug.ts';
import type { Route } from './router.ts';
import type { ActionContext } from './routes/action.ts';
import { agentCertificateRoute } from './routes/agent-certificate.ts';
import { agentConfigRoute } from './routes/agent-config.ts';
import { certificateRoutes } from './routes/certificates.ts';
import { type InfoContext, infoRoutes } from './routes/info.ts';
import { interfaceRoute } from './routes/interface.ts';
import { interfaceRulesRoute } from './routes/interface-rules.ts';
import { listenerRoutes } from './routes/listeners.ts';
import { loadBalancerActionRoute } from './routes/load-balancer-action.ts';
import { loadBalancerConfigRoutes } from './routes/load-balancer-config.ts';
import { plugNetworkRoute } from './routes/plug-network.ts';
import { plugVipRoute } from './routes/plug-vip.ts';
import { telemetryRoutes } from './routes/telemetry.ts';
import { udpListenerRoutes } from './routes/udp-listener.ts';
import { vrrpRoutes } from './routes/vrrp.ts';

export interface RoutesContext extends ActionContext, Pick<InfoContext, 'versions'> {
  readonly host: PlugHost;
  readonly figures: AgentFigures;
  readonly certificatePath: string;
  reloadCertificate(): void;
}

/** The whole agent API. */
export function agentRoutes(context: RoutesContext): readonly Route[] {
  const { unit, services, balancing, namespace, settings, host } = context;
  const { paths } = unit;
  return [
    ...infoRoutes({ paths, namespace, balancing, versions: () => context.versions() }),
    ...loadBalancerConfigRoutes(unit, services, context.figures),
    loadBalancerActionRoute(context),
    ...certificateRoutes(paths),
    ...udpListenerRoutes(context),
    ...listenerRoutes(unit, services, balancing),
    plugVipRoute(host, settings),
    plugNetworkRoute(host, settings),
    interfaceRoute(namespace),
    interfaceRulesRoute(namespace, paths.vipRules),
    ...vrrpRoutes(unit, services),
    agentCertificateRoute({
      path: context.certificatePath,
      amphoraId: unit.amphoraId,
      clock: systemClock,
      reload: () => context.reloadCertificate(),
    }),
    agentConfigRoute(settings),
    ...telemetryRoutes({
      figures: context.figures,
      settings,
      certificatePath: context.certificatePath,
      clock: systemClock,
    }),
  ];
}
