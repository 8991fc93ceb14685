import type { FastifyInstance } from 'fastify';
import type { ApiContext } from '../context.ts';
import { serve } from '../http/resource.ts';
import { serveOpenApi } from '../openapi/routes.ts';
import { amphoraResources } from './amphorae/routes.ts';
import { availabilityZoneProfileResources } from './availability-zone-profiles/routes.ts';
import { availabilityZoneResources } from './availability-zones/routes.ts';
import { serveHealthCheck } from './discovery/health-check.ts';
import { serveDiscovery } from './discovery/routes.ts';
import { CURRENT_VERSION } from './discovery/versions.ts';
import { flavorProfileResources } from './flavor-profiles/routes.ts';
import { flavorResources } from './flavors/routes.ts';
import { healthMonitorResources } from './health-monitors/routes.ts';
import { l7PolicyResources } from './l7-policies/routes.ts';
import { l7RuleResources } from './l7-rules/routes.ts';
import { listenerResources } from './listeners/routes.ts';
import { loadBalancerResources } from './load-balancers/routes.ts';
import { memberResources } from './members/routes.ts';
import { networkLookups } from './network-lookups/routes.ts';
import { poolResources } from './pools/routes.ts';
import { providerResources } from './providers/routes.ts';
import { quotaResources } from './quotas/routes.ts';

/** All that there is to ask for: a new noun is one more line. */
export const RESOURCES = [
  ...loadBalancerResources,
  ...listenerResources,
  ...poolResources,
  ...memberResources,
  ...healthMonitorResources,
  ...l7PolicyResources,
  ...l7RuleResources,
  ...amphoraResources,
  ...quotaResources,
  ...providerResources,
  ...flavorProfileResources,
  ...flavorResources,
  ...availabilityZoneProfileResources,
  ...availabilityZoneResources,
];

export function serveEverything(app: FastifyInstance, context: ApiContext): void {
  serveDiscovery(app, context);
  serveOpenApi(app, RESOURCES, CURRENT_VERSION);
  if (context.config.apiSettings.healthcheckEnabled) serveHealthCheck(app, context);
  for (const resource of RESOURCES) serve(app, context, resource);
  const { authStrategy, noAuthProjectId } = context.config.apiSettings;
  if (authStrategy === 'noauth' && noAuthProjectId !== null)
    for (const resource of networkLookups) serve(app, context, resource);
}
