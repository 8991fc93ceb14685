import type { L7Policy } from '../../domain/l7-policy.ts';
import type { ListSource } from '../list-query.ts';
import { l7PolicyRows } from '../repositories/l7-policy.ts';
import { COMMON_KEYS, integer, text, uuid } from './keys.ts';

/** A policy with the ids of its rules. */
export interface ListedL7Policy extends L7Policy {
  readonly ruleIds: readonly string[];
}

export const listedL7Policies: ListSource<ListedL7Policy> = {
  table: 'l7_policy',
  select: `${l7PolicyRows.select('t')},
    array(select r.id from l7_rule r where r.l7_policy_id = t.id order by r.created_at, r.id) as "ruleIds"`,
  visible: 'true',
  projectColumn: 't.project_id',
  hasTags: true,
  keys: {
    ...COMMON_KEYS,
    description: text('description', true),
    listener_id: uuid('listener_id'),
    action: text('action'),
    position: integer('position'),
    redirect_pool_id: uuid('redirect_pool_id', true),
    redirect_url: text('redirect_url', true),
    redirect_prefix: text('redirect_prefix', true),
    redirect_http_code: integer('redirect_http_code', true),
  },
};
