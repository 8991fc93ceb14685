import { flavorProfiles } from '#core/db/repositories/flavor.ts';
import type { FlavorProfile } from '#core/domain/flavor.ts';
import { findOrRefuse } from '../../gate.ts';
import { type Answer, type ApiRequest, ok, param, permit } from '../../http/request.ts';
import { readMetadata } from '../../provider-metadata.ts';
import { consultProvider, providerNamed } from '../../providers.ts';
import { given, onlySent, write } from '../../writing.ts';
import { holdUnused } from './in-use.ts';
import { type FlavorProfileUpdate, updateBody } from './schema.ts';
import { flavorProfileToApi } from './show.ts';

export async function updateFlavorProfile(request: ApiRequest): Promise<Answer> {
  const { context } = request;
  const sent = updateBody.parse(request.body);
  permit(request, 'flavor-profile:put', request.identity.projectId);
  const changes = changesOf(sent);
  const old = await findOrRefuse(
    flavorProfiles,
    context.database,
    'Flavor Profile',
    param(request, 'id'),
  );
  const changesMeaning = 'providerName' in changes || 'flavorData' in changes;
  if (changesMeaning) await validate(request, { ...old, ...changes });
  const profile = await write(request, async (tx) => {
    if (changesMeaning) await holdUnused(tx, old.id, 'Flavor Profile');
    await flavorProfiles.update(tx, old.id, changes);
    return findOrRefuse(flavorProfiles, tx, 'Flavor Profile', old.id);
  });
  return ok({ flavorprofile: flavorProfileToApi(profile) });
}

function changesOf(sent: FlavorProfileUpdate): Partial<FlavorProfile> {
  for (const field of ['name', 'provider_name', 'flavor_data'] as const)
    if (sent[field] === null) given(null, field);
  return onlySent<Partial<FlavorProfile>>({
    name: sent.name ?? undefined,
    providerName: sent.provider_name ?? undefined,
    flavorData: sent.flavor_data ?? undefined,
  });
}

/** The data must make sense to the provider, whichever of the two changes. */
async function validate({ context }: ApiRequest, profile: FlavorProfile): Promise<void> {
  const metadata = readMetadata(profile.flavorData, 'flavor_data');
  const provider = providerNamed(context.providers, profile.providerName);
  await consultProvider(provider, 'validateFlavor', metadata);
}
