import { randomUUID } from 'node:crypto';
import { flavorProfiles } from '#core/db/repositories/flavor.ts';
import { type Answer, type ApiRequest, created, permit } from '../../http/request.ts';
import { readMetadata } from '../../provider-metadata.ts';
import { consultProvider, providerNamed } from '../../providers.ts';
import { given, write } from '../../writing.ts';
import { createBody } from './schema.ts';
import { flavorProfileToApi } from './show.ts';

export async function createFlavorProfile(request: ApiRequest): Promise<Answer> {
  const sent = createBody.parse(request.body);
  permit(request, 'flavor-profile:post', request.identity.projectId);
  const profile = {
    id: randomUUID(),
    name: given(sent.name, 'name'),
    providerName: given(sent.provider_name, 'provider_name'),
    flavorData: given(sent.flavor_data, 'flavor_data'),
  };
  const metadata = readMetadata(profile.flavorData, 'flavor_data');
  const provider = providerNamed(request.context.providers, profile.providerName);
  await consultProvider(provider, 'validateFlavor', metadata);
  await write(request, (tx) => flavorProfiles.insert(tx, profile));
  return created({ flavorprofile: flavorProfileToApi(profile) });
}
