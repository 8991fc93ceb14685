import { randomUUID } from 'node:crypto';
import { availabilityZoneProfiles } from '#core/db/repositories/availability-zone.ts';
import { type Answer, type ApiRequest, created, permit } from '../../http/request.ts';
import { readMetadata } from '../../provider-metadata.ts';
import { consultProvider, providerNamed } from '../../providers.ts';
import { given, write } from '../../writing.ts';
import { createBody } from './schema.ts';
import { availabilityZoneProfileToApi } from './show.ts';

export async function createAvailabilityZoneProfile(request: ApiRequest): Promise<Answer> {
  const sent = createBody.parse(request.body);
  permit(request, 'availability-zone-profile:post', request.identity.projectId);
  const profile = {
    id: randomUUID(),
    name: given(sent.name, 'name'),
    providerName: given(sent.provider_name, 'provider_name'),
    availabilityZoneData: given(sent.availability_zone_data, 'availability_zone_data'),
  };
  const metadata = readMetadata(profile.availabilityZoneData, 'availability_zone_data');
  const provider = providerNamed(request.context.providers, profile.providerName);
  await consultProvider(provider, 'validateAvailabilityZone', metadata);
  await write(request, (tx) => availabilityZoneProfiles.insert(tx, profile));
  return created({ availability_zone_profile: availabilityZoneProfileToApi(profile) });
}
