import { type Answer, type ApiRequest, ok, permit } from '../../http/request.ts';
import type { Resource } from '../../http/resource.ts';
import { methodNotAllowed } from '../../http/router-fault.ts';
import { texts } from '../../lists/read-query.ts';

function listProviders(request: ApiRequest): Answer {
  permit(request, 'provider:get_all', request.identity.projectId);
  const fields = texts(request.query['fields']);
  const wants = (name: string) => fields.length === 0 || fields.includes(name);
  const providers = Object.entries(request.context.providers.enabled).map(
    ([name, description]) => ({
      ...(wants('name') ? { name } : {}),
      ...(wants('description') ? { description } : {}),
    }),
  );
  return ok({ providers });
}

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
];
