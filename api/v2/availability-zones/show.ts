import { listedAvailabilityZones } from '#core/db/listed/availability-zone.ts';
import { availabilityZones } from '#core/db/repositories/availability-zone.ts';
import type { AvailabilityZone } from '#core/domain/availability-zone.ts';
import type { Queryable } from '#core/ports/transaction.ts';
import { notFound } from '../../faults.ts';
import { type Answer, type ApiRequest, param, permit } from '../../http/request.ts';
import { answerList, answerOne } from '../../lists/answer-list.ts';
import { isStorable } from '../../schema/text.ts';

export async function listAvailabilityZones(request: ApiRequest): Promise<Answer> {
  permit(request, 'availability-zone:get_all', request.identity.projectId);
  const shape = {
    source: listedAvailabilityZones,
    plural: 'availability_zones',
    toApi: availabilityZoneToApi,
  };
  return answerList(request, shape, { projectId: null });
}

export async function showAvailabilityZone(request: ApiRequest): Promise<Answer> {
  permit(request, 'availability-zone:get_one', request.identity.projectId);
  const zone = await findAvailabilityZone(request.context.database, param(request, 'name'));
  return answerOne(request, 'availability_zone', availabilityZoneToApi(zone));
}

/** Any text may come as a name. @throws OctaviaError `not-found` */
export async function findAvailabilityZone(db: Queryable, name: string): Promise<AvailabilityZone> {
  const found = isStorable(name) ? await availabilityZones.find(db, name) : null;
  if (found === null) throw notFound('Availability Zone', name);
  return found;
}

export function availabilityZoneToApi(zone: AvailabilityZone) {
  return {
    name: zone.name,
    description: zone.description ?? '',
    enabled: zone.isEnabled,
    availability_zone_profile_id: zone.availabilityZoneProfileId,
  };
}
