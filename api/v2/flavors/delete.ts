import { flavors } from '#core/db/repositories/flavor.ts';
import { forgetInLoadBalancers, isUsedByLoadBalancers } from '#core/db/repositories/flavor-use.ts';
import { inUse, notFound } from '../../faults.ts';
import { findOrRefuse } from '../../gate.ts';
import { type Answer, type ApiRequest, noContent, param, permit } from '../../http/request.ts';
import { write } from '../../writing.ts';

/** A load balancer that is created meanwhile waits for the row, and then finds no flavor. */
export async function deleteFlavor(request: ApiRequest): Promise<Answer> {
  permit(request, 'flavor:delete', request.identity.projectId);
  const { database } = request.context;
  const { id } = await findOrRefuse(flavors, database, 'Flavor', param(request, 'id'));
  await write(request, async (tx) => {
    if ((await flavors.hold(tx, id, 'update')) === null) throw notFound('Flavor', id);
    if (await isUsedByLoadBalancers(tx, 'flavor_id', id)) throw inUse('Flavor', id);
    await forgetInLoadBalancers(tx, 'flavor_id', id);
    await flavors.delete(tx, id);
  });
  return noContent;
}
