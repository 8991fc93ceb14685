import { type Answer, type ApiRequest, ok, param, permit } from '../../http/request.ts';
import { single, texts } from '../../lists/read-query.ts';
import { consultProvider, providerNamed } from '../../providers.ts';

/** What flavors may say to a provider. */
export async function listFlavorCapabilities(request: ApiRequest): Promise<Answer> {
  permit(request, 'provider-flavor:get_all', request.identity.projectId);
  const provider = providerNamed(request.context.providers, param(request, 'name'));
  const supported = await consultProvider(provider, 'getSupportedFlavorMetadata');
  return ok({ flavor_capabilities: capabilities(request, supported) });
}

export async function listAvailabilityZoneCapabilities(request: ApiRequest): Promise<Answer> {
  permit(request, 'provider-availability-zone:get_all', request.identity.projectId);
  const provider = providerNamed(request.context.providers, param(request, 'name'));
  const supported = await consultProvider(provider, 'getSupportedAvailabilityZoneMetadata');
  return ok({ availability_zone_capabilities: capabilities(request, supported) });
}

/** Filtered by name and description; any other parameter means nothing here. */
function capabilities(
  { query }: ApiRequest,
  supported: Readonly<Record<string, string>>,
): readonly object[] {
  const [name, description] = [single(query, 'name'), single(query, 'description')];
  return Object.entries(supported ?? {})
    .map(([ownName, ownDescription]) => ({ name: ownName, description: ownDescription }))
    .filter((each) => name === undefined || each.name === name)
    .filter((each) => description === undefined || each.description === description)
    .map((each) => onlyFields(each, texts(query['fields'])));
}

/** The fields asked for; all when none is. */
export function onlyFields(object: object, fields: readonly string[]): object {
  if (fields.length === 0) return object;
  return Object.fromEntries(Object.entries(object).filter(([field]) => fields.includes(field)));
}
