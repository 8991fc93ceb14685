import { flavors } from '#core/db/repositories/flavor.ts';
import type { Flavor } from '#core/domain/flavor.ts';
import { recordExists } from '../../faults.ts';
import { findOrRefuse } from '../../gate.ts';
import { type Answer, type ApiRequest, ok, param, permit } from '../../http/request.ts';
import { given, onlySent, uniquely, write } from '../../writing.ts';
import { type FlavorUpdate, updateBody } from './schema.ts';
import { flavorToApi } from './show.ts';

/** Also of one that is in use: name, description and whether users may choose it mean nothing to what was built. */
export async function updateFlavor(request: ApiRequest): Promise<Answer> {
  const sent = updateBody.parse(request.body);
  permit(request, 'flavor:put', request.identity.projectId);
  const changes = changesOf(sent);
  const flavor = await write(request, async (tx) => {
    const { id } = await findOrRefuse(flavors, tx, 'Flavor', param(request, 'id'));
    await uniquely(flavors.update(tx, id, changes), recordExists('flavor', changes.name ?? ''));
    return findOrRefuse(flavors, tx, 'Flavor', id);
  });
  return ok({ flavor: flavorToApi(flavor) });
}

function changesOf(sent: FlavorUpdate): Partial<Flavor> {
  for (const field of ['name', 'enabled'] as const) if (sent[field] === null) given(null, field);
  return onlySent<Partial<Flavor>>({
    name: sent.name ?? undefined,
    description: sent.description,
    isEnabled: sent.enabled ?? undefined,
  });
}
