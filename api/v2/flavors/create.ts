import { randomUUID } from 'node:crypto';
import { flavorProfiles, flavors } from '#core/db/repositories/flavor.ts';
import type { Flavor } from '#core/domain/flavor.ts';
import { recordExists, subresourceNotFound } from '../../faults.ts';
import { type Answer, type ApiRequest, created, permit } from '../../http/request.ts';
import { given, uniquely, write } from '../../writing.ts';
import { createBody } from './schema.ts';
import { flavorToApi } from './show.ts';

export async function createFlavor(request: ApiRequest): Promise<Answer> {
  const sent = createBody.parse(request.body);
  permit(request, 'flavor:post', request.identity.projectId);
  const flavor: Flavor = {
    id: randomUUID(),
    name: given(sent.name, 'name'),
    description: sent.description ?? null,
    isEnabled: sent.enabled === undefined ? true : given(sent.enabled, 'enabled'),
    flavorProfileId: given(sent.flavor_profile_id, 'flavor_profile_id'),
  };
  await write(request, async (tx) => {
    const profile = await flavorProfiles.hold(tx, flavor.flavorProfileId, 'key share');
    if (profile === null) throw subresourceNotFound('Flavor Profile', flavor.flavorProfileId);
    await uniquely(flavors.insert(tx, flavor), recordExists('flavor', flavor.name));
  });
  return created({ flavor: flavorToApi(flavor) });
}
