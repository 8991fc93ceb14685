import type { L7Rule } from '../../domain/l7-rule.ts';
import type { ListSource } from '../list-query.ts';
import { l7Rules } from '../repositories/l7-rule.ts';
import { boolean, COMMON_KEYS, text, uuid } from './keys.ts';

// The one noun without a name.
const { name: _, ...keys } = COMMON_KEYS;

export const listedL7Rules: ListSource<L7Rule> = {
  table: 'l7_rule',
  select: l7Rules.select('t'),
  visible: 'true',
  projectColumn: 't.project_id',
  hasTags: true,
  keys: {
    ...keys,
    l7policy_id: uuid('l7_policy_id'),
    type: text('type'),
    compare_type: text('compare_type'),
    key: text('key', true),
    value: text('value'),
    invert: boolean('is_inverted'),
  },
};
