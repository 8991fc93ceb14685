import type { ProviderProfile } from '#core/domain/flavor.ts';
import { findOrRefuse } from '../../gate.ts';
import { type Answer, type ApiRequest, ok, param, permit } from '../../http/request.ts';
import { given, onlySent, write } from '../../writing.ts';
import { consult } from './create.ts';
import { holdUnused } from './in-use.ts';
import type { ProfileNoun } from './profile-noun.ts';
import { profileToApi } from './show.ts';

export async function updateProfile(noun: ProfileNoun, request: ApiRequest): Promise<Answer> {
  const { context } = request;
  const sent = noun.updateBody.parse(request.body);
  permit(request, `${noun.policy}:put`, request.identity.projectId);
  const changes = changesOf(noun, sent);
  const old = await findOrRefuse(noun.table, context.database, noun.words, param(request, 'id'));
  // Whichever of the two changes, the provider has to understand both.
  const changesMeaning = 'providerName' in changes || 'data' in changes;
  if (changesMeaning) await consult(noun, { ...old, ...changes }, context);
  const profile = await write(request, async (tx) => {
    if (changesMeaning) await holdUnused(tx, noun, old.id, noun.words);
    await noun.table.update(tx, old.id, changes);
    return findOrRefuse(noun.table, tx, noun.words, old.id);
  });
  return ok({ [noun.root]: profileToApi(noun, profile) });
}

function changesOf(
  { dataField }: ProfileNoun,
  sent: ReturnType<ProfileNoun['updateBody']['parse']>,
): Partial<ProviderProfile> {
  for (const field of ['name', 'provider_name', dataField])
    if (sent[field] === null) given(null, field);
  return onlySent<Partial<ProviderProfile>>({
    name: sent['name'] ?? undefined,
    providerName: sent['provider_name'] ?? undefined,
    data: sent[dataField] ?? undefined,
  });
}
