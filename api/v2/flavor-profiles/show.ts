import { listedFlavorProfiles } from '#core/db/listed/flavor.ts';
import { flavorProfiles } from '#core/db/repositories/flavor.ts';
import type { FlavorProfile } from '#core/domain/flavor.ts';
import { findOrRefuse } from '../../gate.ts';
import { type Answer, type ApiRequest, param, permit } from '../../http/request.ts';
import { answerList, answerOne } from '../../lists/answer-list.ts';

export async function listFlavorProfiles(request: ApiRequest): Promise<Answer> {
  permit(request, 'flavor-profile:get_all', request.identity.projectId);
  const shape = {
    source: listedFlavorProfiles,
    plural: 'flavorprofiles',
    links: 'flavorprofile_links',
    toApi: flavorProfileToApi,
  };
  return answerList(request, shape, { projectId: null });
}

export async function showFlavorProfile(request: ApiRequest): Promise<Answer> {
  permit(request, 'flavor-profile:get_one', request.identity.projectId);
  const { database } = request.context;
  const profile = await findOrRefuse(
    flavorProfiles,
    database,
    'Flavor Profile',
    param(request, 'id'),
  );
  return answerOne(request, 'flavorprofile', flavorProfileToApi(profile));
}

export function flavorProfileToApi(profile: FlavorProfile) {
  return {
    id: profile.id,
    name: profile.name,
    provider_name: profile.providerName,
    flavor_data: profile.flavorData,
  };
}
