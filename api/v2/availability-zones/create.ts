import {
  availabilityZoneProfiles,
  availabilityZones,
} from '#core/db/repositories/availability-zone.ts';
import type { AvailabilityZone } from '#core/domain/availability-zone.ts';
import { recordExists, subresourceNotFound } from '../../faults.ts';
import { type Answer, type ApiRequest, created, permit } from '../../http/request.ts';
import { given, uniquely, write } from '../../writing.ts';
import { createBody } from './schema.ts';
import { availabilityZoneToApi } from './show.ts';

export async function createAvailabilityZone(request: ApiRequest): Promise<Answer> {
  const sent = createBody.parse(request.body);
  permit(request, 'availability-zone:post', request.identity.projectId);
  const zone: AvailabilityZone = {
    name: given(sent.name, 'name'),
    description: sent.description ?? null,
    isEnabled: sent.enabled === undefined ? true : given(sent.enabled, 'enabled'),
    availabilityZoneProfileId: given(
      sent.availability_zone_profile_id,
      'availability_zone_profile_id',
    ),
  };
  await write(request, async (tx) => {
    const profile = await availabilityZoneProfiles.hold(
      tx,
      zone.availabilityZoneProfileId,
      'key share',
    );
    if (profile === null)
      throw subresourceNotFound('Availability Zone Profile', zone.availabilityZoneProfileId);
    await uniquely(
      availabilityZones.insert(tx, zone),
      recordExists('availability zone', zone.name),
    );
  });
  return created({ availability_zone: availabilityZoneToApi(zone) });
}
