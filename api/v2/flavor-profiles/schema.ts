import { mandatory } from '../../schema/field.ts';
import { body, object } from '../../schema/object.ts';
import { str } from '../../schema/text.ts';

const changeable = {
  name: str(255),
  provider_name: str(255),
  flavor_data: str(4096),
};
const creatable = {
  name: mandatory(changeable.name),
  provider_name: mandatory(changeable.provider_name),
  flavor_data: mandatory(changeable.flavor_data),
};

export const createBody = body('flavor_profile_', 'flavorprofile', object(creatable));
export const updateBody = body('flavor_profile_', 'flavorprofile', object(changeable));
