import type { ProviderProfile } from '#core/domain/flavor.ts';
import { findOrRefuse } from '../../gate.ts';
import { type Answer, type ApiRequest, param, permit } from '../../http/request.ts';
import { answerList, answerOne } from '../../lists/answer-list.ts';
import type { ProfileNoun } from './profile-noun.ts';

export async function listProfiles(noun: ProfileNoun, request: ApiRequest): Promise<Answer> {
  permit(request, `${noun.policy}:get_all`, request.identity.projectId);
  const { listed: source, plural, links } = noun;
  const toApi = (profile: ProviderProfile) => profileToApi(noun, profile);
  return answerList(request, { source, plural, links, toApi }, { projectId: null });
}

export async function showProfile(noun: ProfileNoun, request: ApiRequest): Promise<Answer> {
  permit(request, `${noun.policy}:get_one`, request.identity.projectId);
  const { database } = request.context;
  const profile = await findOrRefuse(noun.table, database, noun.words, param(request, 'id'));
  return answerOne(request, noun.root, profileToApi(noun, profile));
}

export function profileToApi({ dataField }: ProfileNoun, profile: ProviderProfile): object {
  const { id, name, providerName, data } = profile;
  return { id, name, provider_name: providerName, [dataField]: data };
}
