import { listedAvailabilityZoneProfiles } from '#core/db/listed/availability-zone.ts';
import { availabilityZoneProfiles } from '#core/db/repositories/availability-zone.ts';
import type { AvailabilityZoneProfile } from '#core/domain/availability-zone.ts';
import { findOrRefuse } from '../../gate.ts';
import { type Answer, type ApiRequest, param, permit } from '../../http/request.ts';
import { answerList, answerOne } from '../../lists/answer-list.ts';

export async function listAvailabilityZoneProfiles(request: ApiRequest): Promise<Answer> {
  permit(request, 'availability-zone-profile:get_all', request.identity.projectId);
  const shape = {
    source: listedAvailabilityZoneProfiles,
    plural: 'availability_zone_profiles',
    links: 'availability_zone_profile_links',
    toApi: availabilityZoneProfileToApi,
  };
  return answerList(request, shape, { projectId: null });
}

export async function showAvailabilityZoneProfile(request: ApiRequest): Promise<Answer> {
  permit(request, 'availability-zone-profile:get_one', request.identity.projectId);
  const { database } = request.context;
  const profile = await findOrRefuse(
    availabilityZoneProfiles,
    database,
    'Availability Zone Profile',
    param(request, 'id'),
  );
  return answerOne(request, 'availability_zone_profile', availabilityZoneProfileToApi(profile));
}

export function availabilityZoneProfileToApi(profile: AvailabilityZoneProfile) {
  return {
    id: profile.id,
    name: profile.name,
    provider_name: profile.providerName,
    availability_zone_data: profile.availabilityZoneData,
  };
}
