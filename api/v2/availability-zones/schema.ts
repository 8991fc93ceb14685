import { mandatory } from '../../schema/field.ts';
import { bool } from '../../schema/number.ts';
import { body, object, type Sent } from '../../schema/object.ts';
import { str, text, uuid } from '../../schema/text.ts';

/** The name is what paths and load balancers call it, so it stays, and is not empty. */
const changeable = { description: str(255), enabled: bool };
const creatable = {
  ...changeable,
  name: mandatory(text({ lengthMin: 1, lengthMax: 255 })),
  availability_zone_profile_id: mandatory(uuid),
};

export const createBody = body('availability_zone_', 'availability_zone', object(creatable));
export const updateBody = body('availability_zone_', 'availability_zone', object(changeable));
export type AvailabilityZoneUpdate = Sent<typeof changeable>;
