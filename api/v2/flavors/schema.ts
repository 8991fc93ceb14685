import { mandatory } from '../../schema/field.ts';
import { bool } from '../../schema/number.ts';
import { body, object, type Sent } from '../../schema/object.ts';
import { str, uuid } from '../../schema/text.ts';

const changeable = { name: str(255), description: str(255), enabled: bool };
const creatable = {
  ...changeable,
  name: mandatory(changeable.name),
  flavor_profile_id: mandatory(uuid),
};

export const createBody = body('flavor_', 'flavor', object(creatable));
export const updateBody = body('flavor_', 'flavor', object(changeable));
export type FlavorUpdate = Sent<typeof changeable>;
