import { availabilityZoneProfiles } from '#core/db/repositories/availability-zone.ts';
import type { AvailabilityZoneProfile } from '#core/domain/availability-zone.ts';
import { findOrRefuse } from '../../gate.ts';
import { type Answer, type ApiRequest, ok, param, permit } from '../../http/request.ts';
import { readMetadata } from '../../provider-metadata.ts';
import { consultProvider, providerNamed } from '../../providers.ts';
import { given, onlySent, write } from '../../writing.ts';
import { holdUnused } from './in-use.ts';
import { type AvailabilityZoneProfileUpdate, updateBody } from './schema.ts';
import { availabilityZoneProfileToApi } from './show.ts';

export async function updateAvailabilityZoneProfile(request: ApiRequest): Promise<Answer> {
  const { context } = request;
  const sent = updateBody.parse(request.body);
  permit(request, 'availability-zone-profile:put', request.identity.projectId);
  const changes = changesOf(sent);
  const old = await findOrRefuse(
    availabilityZoneProfiles,
    context.database,
    'Availability Zone Profile',
    param(request, 'id'),
  );
  const changesMeaning = 'providerName' in changes || 'availabilityZoneData' in changes;
  if (changesMeaning) await validate(request, { ...old, ...changes });
  const profile = await write(request, async (tx) => {
    if (changesMeaning) await holdUnused(tx, old.id);
    await availabilityZoneProfiles.update(tx, old.id, changes);
    return findOrRefuse(availabilityZoneProfiles, tx, 'Availability Zone Profile', old.id);
  });
  return ok({ availability_zone_profile: availabilityZoneProfileToApi(profile) });
}

function changesOf(sent: AvailabilityZoneProfileUpdate): Partial<AvailabilityZoneProfile> {
  for (const field of ['name', 'provider_name', 'availability_zone_data'] as const)
    if (sent[field] === null) given(null, field);
  return onlySent<Partial<AvailabilityZoneProfile>>({
    name: sent.name ?? undefined,
    providerName: sent.provider_name ?? undefined,
    availabilityZoneData: sent.availability_zone_data ?? undefined,
  });
}

/** The data must make sense to the provider, whichever of the two changes. */
async function validate({ context }: ApiRequest, profile: AvailabilityZoneProfile): Promise<void> {
  const metadata = readMetadata(profile.availabilityZoneData, 'availability_zone_data');
  const provider = providerNamed(context.providers, profile.providerName);
  await consultProvider(provider, 'validateAvailabilityZone', metadata);
}
