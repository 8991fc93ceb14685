import { listedFlavors } from '#core/db/listed/flavor.ts';
import { flavors } from '#core/db/repositories/flavor.ts';
import type { Flavor } from '#core/domain/flavor.ts';
import { findOrRefuse } from '../../gate.ts';
import { type Answer, type ApiRequest, param, permit } from '../../http/request.ts';
import { answerList, answerOne } from '../../lists/answer-list.ts';

export async function listFlavors(request: ApiRequest): Promise<Answer> {
  permit(request, 'flavor:get_all', request.identity.projectId);
  const shape = { source: listedFlavors, plural: 'flavors', toApi: flavorToApi };
  return answerList(request, shape, { projectId: null });
}

export async function showFlavor(request: ApiRequest): Promise<Answer> {
  permit(request, 'flavor:get_one', request.identity.projectId);
  const { database } = request.context;
  const flavor = await findOrRefuse(flavors, database, 'Flavor', param(request, 'id'));
  return answerOne(request, 'flavor', flavorToApi(flavor));
}

export function flavorToApi(flavor: Flavor) {
  return {
    id: flavor.id,
    name: flavor.name,
    description: flavor.description ?? '',
    enabled: flavor.isEnabled,
    flavor_profile_id: flavor.flavorProfileId,
  };
}
