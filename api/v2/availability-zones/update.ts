import { availabilityZones } from '#core/db/repositories/availability-zone.ts';
import type { AvailabilityZone } from '#core/domain/availability-zone.ts';
import { type Answer, type ApiRequest, ok, param, permit } from '../../http/request.ts';
import { given, onlySent, write } from '../../writing.ts';
import { type AvailabilityZoneUpdate, updateBody } from './schema.ts';
import { availabilityZoneToApi, findAvailabilityZone } from './show.ts';

/** Also of one that is in use: description and whether users may choose it mean nothing to what was built. */
export async function updateAvailabilityZone(request: ApiRequest): Promise<Answer> {
  const sent = updateBody.parse(request.body);
  permit(request, 'availability-zone:put', request.identity.projectId);
  const changes = changesOf(sent);
  const zone = await write(request, async (tx) => {
    const { name } = await findAvailabilityZone(tx, param(request, 'name'));
    await availabilityZones.update(tx, name, changes);
    return findAvailabilityZone(tx, name);
  });
  return ok({ availability_zone: availabilityZoneToApi(zone) });
}

function changesOf(sent: AvailabilityZoneUpdate): Partial<AvailabilityZone> {
  if (sent.enabled === null) given(null, 'enabled');
  return onlySent<Partial<AvailabilityZone>>({
    description: sent.description,
    isEnabled: sent.enabled ?? undefined,
  });
}
