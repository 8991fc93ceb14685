import { availabilityZoneProfiles } from '#core/db/repositories/availability-zone.ts';
import { findOrRefuse } from '../../gate.ts';
import { type Answer, type ApiRequest, noContent, param, permit } from '../../http/request.ts';
import { write } from '../../writing.ts';
import { holdUnused } from './in-use.ts';

export async function deleteAvailabilityZoneProfile(request: ApiRequest): Promise<Answer> {
  permit(request, 'availability-zone-profile:delete', request.identity.projectId);
  const { database } = request.context;
  const { id } = await findOrRefuse(
    availabilityZoneProfiles,
    database,
    'Availability Zone Profile',
    param(request, 'id'),
  );
  await write(request, async (tx) => {
    await holdUnused(tx, id);
    await availabilityZoneProfiles.delete(tx, id);
  });
  return noContent;
}
