import { flavorProfiles } from '#core/db/repositories/flavor.ts';
import { findOrRefuse } from '../../gate.ts';
import { type Answer, type ApiRequest, noContent, param, permit } from '../../http/request.ts';
import { write } from '../../writing.ts';
import { holdUnused } from './in-use.ts';

export async function deleteFlavorProfile(request: ApiRequest): Promise<Answer> {
  permit(request, 'flavor-profile:delete', request.identity.projectId);
  const { database } = request.context;
  const { id } = await findOrRefuse(
    flavorProfiles,
    database,
    'Flavor profile',
    param(request, 'id'),
  );
  await write(request, async (tx) => {
    await holdUnused(tx, id, 'Flavor profile');
    await flavorProfiles.delete(tx, id);
  });
  return noContent;
}
