import { ALL_METHODS, item, type Resource } from '../../http/resource.ts';
import { batchUpdateMembers } from './batch.ts';
import { createMember } from './create.ts';
import { deleteMember } from './delete.ts';
import { batchBody, createBody, updateBody } from './schema.ts';
import { listMembers, showMember } from './show.ts';
import { updateMember } from './update.ts';

const PATH = '/pools/:poolId/members';

export const memberResources: readonly Resource[] = [
  {
    path: PATH,
    endpoints: {
      GET: { handle: listMembers },
      POST: { handle: createMember, body: createBody, parameters: [] },
      PUT: { handle: batchUpdateMembers, body: batchBody, parameters: ['additive_only'] },
    },
    allow: ALL_METHODS,
    misplaced: { DELETE: 'id missing' },
  },
  item(
    `${PATH}/:id`,
    { handle: showMember },
    { handle: updateMember, body: updateBody, parameters: [] },
    { handle: deleteMember, parameters: [] },
  ),
];
