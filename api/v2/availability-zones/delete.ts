import { availabilityZones } from '#core/db/repositories/availability-zone.ts';
import { forgetInLoadBalancers, isUsedByLoadBalancers } from '#core/db/repositories/flavor-use.ts';
import { inUse, notFound } from '../../faults.ts';
import { type Answer, type ApiRequest, noContent, param, permit } from '../../http/request.ts';
import { write } from '../../writing.ts';
import { findAvailabilityZone } from './show.ts';

/** A load balancer that is created meanwhile waits for the row, and then finds no zone. */
export async function deleteAvailabilityZone(request: ApiRequest): Promise<Answer> {
  permit(request, 'availability-zone:delete', request.identity.projectId);
  const name = param(request, 'name');
  await findAvailabilityZone(request.context.database, name);
  await write(request, async (tx) => {
    if ((await availabilityZones.hold(tx, name, 'update')) === null)
      throw notFound('Availability Zone', name);
    if (await isUsedByLoadBalancers(tx, 'availability_zone', name))
      throw inUse('Availability Zone', name);
    await forgetInLoadBalancers(tx, 'availability_zone', name);
    await availabilityZones.delete(tx, name);
  });
  return noContent;
}
