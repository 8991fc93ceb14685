import { findOrRefuse } from '../../gate.ts';
import { type Answer, type ApiRequest, noContent, param, permit } from '../../http/request.ts';
import { write } from '../../writing.ts';
import { holdUnused } from './in-use.ts';
import type { ProfileNoun } from './profile-noun.ts';

export async function deleteProfile(noun: ProfileNoun, request: ApiRequest): Promise<Answer> {
  const { table, wordsInUse } = noun;
  permit(request, `${noun.policy}:delete`, request.identity.projectId);
  const { database } = request.context;
  const { id } = await findOrRefuse(table, database, wordsInUse, param(request, 'id'));
  await write(request, async (tx) => {
    await holdUnused(tx, noun, id, wordsInUse);
    await table.delete(tx, id);
  });
  return noContent;
}
