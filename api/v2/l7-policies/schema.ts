import { L7PolicyAction } from '#core/domain/l7-policy.ts';
import { url } from '../../schema/address.ts';
import { list, tags } from '../../schema/collection.ts';
import { mandatory } from '../../schema/field.ts';
import { bool, int, intOneOf } from '../../schema/number.ts';
import { body, object, type Sent } from '../../schema/object.ts';
import { oneOf, str, uuid } from '../../schema/text.ts';
import { nestedL7Rule } from '../l7-rules/schema.ts';
import { nestedPool } from '../pools/schema.ts';

const action = oneOf(...Object.values(L7PolicyAction));

/** Behind all others. */
export const POSITION_MAX = 2_147_483_647;

const shared = {
  name: str(255),
  description: str(255),
  admin_state_up: bool,
  action,
  redirect_url: url(255),
  redirect_prefix: url(255),
  redirect_http_code: intOneOf(301, 302, 303, 307, 308),
  position: int(1, POSITION_MAX),
  tags,
};
const changeable = { ...shared, redirect_pool_id: uuid };

const nested = {
  ...shared,
  action: mandatory(action),
  redirect_pool: nestedPool,
  rules: list(nestedL7Rule),
};
/** As it stands inside a fully-populated load balancer: the pool is defined or named in place of an id. */
export const nestedL7Policy = object(nested);
export type NestedL7Policy = Sent<typeof nested>;

const createFields = {
  ...changeable,
  action: mandatory(action),
  listener_id: mandatory(uuid),
  rules: list(nestedL7Rule),
  project_id: str(36),
  tenant_id: str(36),
};
export const createBody = body('l7policy_', 'l7policy', object(createFields));
export type L7PolicyCreate = Sent<typeof createFields>;
export const updateBody = body('l7policy_', 'l7policy', object(changeable));
export type L7PolicyUpdate = Sent<typeof changeable>;
