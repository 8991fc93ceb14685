import { type Answer, type ApiRequest, type Handler, ok, permit } from '../../http/request.ts';
import type { Resource } from '../../http/resource.ts';
import { methodNotAllowed } from '../../http/router-fault.ts';
import { texts } from '../../lists/read-query.ts';
import {
  listAvailabilityZoneCapabilities,
  listFlavorCapabilities,
  onlyFields,
} from './capabilities.ts';

function listProviders(request: ApiRequest): Answer {
  permit(request, 'provider:get_all', request.identity.projectId);
  const fields = texts(request.query['fields']);
  const providers = Object.entries(request.context.providers.enabled).map(([name, description]) =>
    onlyFields({ name, description }, fields),
  );
  return ok({ providers });
}

const capabilities = (path: string, handle: Handler): Resource => ({
  path: `/providers/:name/${path}`,
  endpoints: { GET: { handle } },
  allow: 'GET',
});

export const providerResources: readonly Resource[] = [
  { path: '/providers', endpoints: { GET: { handle: listProviders } }, allow: 'GET' },
  {
    path: '/providers/:name',
    endpoints: {
      GET: {
        handle: () => {
          throw methodNotAllowed('GET');
        },
      },
    },
    allow: 'GET',
  },
  capabilities('flavor_capabilities', listFlavorCapabilities),
  capabilities('availability_zone_capabilities', listAvailabilityZoneCapabilities),
];
