import { L7RuleCompareType, L7RuleType } from '#core/domain/l7-rule.ts';
import { tags } from '../../schema/collection.ts';
import { mandatory } from '../../schema/field.ts';
import { bool } from '../../schema/number.ts';
import { body, object, type Sent } from '../../schema/object.ts';
import { oneOf, str, text } from '../../schema/text.ts';

const oneLine = text({ lengthMax: 255, pattern: /^[^\r\n]*$/ });

const changeable = {
  type: oneOf(...Object.values(L7RuleType)),
  compare_type: oneOf(...Object.values(L7RuleCompareType)),
  key: oneLine,
  value: oneLine,
  invert: bool,
  admin_state_up: bool,
  tags,
};

const creatable = {
  ...changeable,
  type: mandatory(changeable.type),
  compare_type: mandatory(changeable.compare_type),
  value: mandatory(changeable.value),
};

/** As it stands inside a fully-populated load balancer. Line breaks meet another fault there. */
export const nestedL7Rule = object({ ...creatable, key: str(255), value: mandatory(str(255)) });
export type NestedL7Rule = Sent<typeof creatable>;

const createFields = { ...creatable, project_id: str(36), tenant_id: str(36) };
export const createBody = body('rule_', 'rule', object(createFields));
export const updateBody = body('l7rule_', 'rule', object(changeable));
export type L7RuleUpdate = Sent<typeof changeable>;
