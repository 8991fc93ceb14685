import { mandatory } from '../../schema/field.ts';
import { body, object } from '../../schema/object.ts';
import { str } from '../../schema/text.ts';

const changeable = {
  name: str(255),
  provider_name: str(255),
  availability_zone_data: str(4096),
};
const creatable = {
  name: mandatory(changeable.name),
  provider_name: mandatory(changeable.provider_name),
  availability_zone_data: mandatory(changeable.availability_zone_data),
};

export const createBody = body(
  'availability_zone_profile_',
  'availability_zone_profile',
  object(creatable),
);
export const updateBody = body(
  'availability_zone_profile_',
  'availability_zone_profile',
  object(changeable),
);
