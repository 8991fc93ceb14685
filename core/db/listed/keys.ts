import type { ListKey } from '../list-key.ts';

const key =
  (type: ListKey['type']) =>
  (column: string, isNullable = false): ListKey => ({
    column: `t.${column}`,
    type,
    isNullable,
  });

export const text = key('text');
export const uuid = key('uuid');
export const integer = key('integer');
export const decimal = key('decimal');
export const boolean = key('boolean');
export const timestamp = key('timestamp');

/** What every noun of the API has. */
export const COMMON_KEYS = {
  id: uuid('id'),
  project_id: text('project_id'),
  name: text('name', true),
  provisioning_status: text('provisioning_status'),
  operating_status: text('operating_status'),
  admin_state_up: boolean('is_enabled'),
  enabled: boolean('is_enabled'),
  created_at: timestamp('created_at'),
  updated_at: timestamp('updated_at', true),
} as const;
