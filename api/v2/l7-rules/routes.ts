import { collection, item, type Resource } from '../../http/resource.ts';
import { createL7Rule } from './create.ts';
import { deleteL7Rule } from './delete.ts';
import { createBody, updateBody } from './schema.ts';
import { listL7Rules, showL7Rule } from './show.ts';
import { updateL7Rule } from './update.ts';

const PATH = '/l7policies/:policyId/rules';

export const l7RuleResources: readonly Resource[] = [
  collection(
    PATH,
    { handle: listL7Rules },
    { handle: createL7Rule, body: createBody, parameters: [] },
  ),
  item(
    `${PATH}/:id`,
    { handle: showL7Rule },
    { handle: updateL7Rule, body: updateBody, parameters: [] },
    { handle: deleteL7Rule, parameters: [] },
  ),
];
