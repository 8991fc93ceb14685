import type { Answer, ApiRequest } from '../../http/request.ts';
import { collection, item, type Resource } from '../../http/resource.ts';
import { createProfile } from './create.ts';
import { deleteProfile } from './delete.ts';
import type { ProfileNoun } from './profile-noun.ts';
import { listProfiles, showProfile } from './show.ts';
import { updateProfile } from './update.ts';

type OfNoun = (noun: ProfileNoun, request: ApiRequest) => Promise<Answer>;

export function profileResources(noun: ProfileNoun): readonly Resource[] {
  const { path, createBody, updateBody } = noun;
  const does = (handle: OfNoun) => ({ handle: (request: ApiRequest) => handle(noun, request) });
  return [
    collection(path, does(listProfiles), {
      ...does(createProfile),
      body: createBody,
      parameters: [],
    }),
    item(
      `${path}/:id`,
      does(showProfile),
      { ...does(updateProfile), body: updateBody, parameters: [] },
      { ...does(deleteProfile), parameters: [] },
    ),
  ];
}
