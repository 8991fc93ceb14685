import { randomUUID } from 'node:crypto';
import type { ProviderProfile } from '#core/domain/flavor.ts';
import type { ApiContext } from '../../context.ts';
import { type Answer, type ApiRequest, created, permit } from '../../http/request.ts';
import { readMetadata } from '../../provider-metadata.ts';
import { consultProvider, providerNamed } from '../../providers.ts';
import { given, write } from '../../writing.ts';
import type { ProfileNoun } from './profile-noun.ts';
import { profileToApi } from './show.ts';

export async function createProfile(noun: ProfileNoun, request: ApiRequest): Promise<Answer> {
  const sent = noun.createBody.parse(request.body);
  permit(request, `${noun.policy}:post`, request.identity.projectId);
  const profile = {
    id: randomUUID(),
    name: given(sent['name'], 'name'),
    providerName: given(sent['provider_name'], 'provider_name'),
    data: given(sent[noun.dataField], noun.dataField),
  };
  await consult(noun, profile, request.context);
  await write(request, (tx) => noun.table.insert(tx, profile));
  return created({ [noun.root]: profileToApi(noun, profile) });
}

/** The data must make sense to the provider. @throws OctaviaError */
export async function consult(
  noun: ProfileNoun,
  profile: ProviderProfile,
  { providers }: ApiContext,
): Promise<void> {
  const metadata = readMetadata(profile.data, noun.dataField);
  const provider = providerNamed(providers, profile.providerName);
  await consultProvider(provider, noun.question, metadata);
}
