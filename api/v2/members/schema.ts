import { ip } from '../../schema/address.ts';
import { list, tags } from '../../schema/collection.ts';
import { mandatory } from '../../schema/field.ts';
import { bool, int } from '../../schema/number.ts';
import { body, object, type Sent } from '../../schema/object.ts';
import { str, uuid } from '../../schema/text.ts';

const changeable = {
  name: str(255),
  admin_state_up: bool,
  weight: int(0, 256),
  backup: bool,
  monitor_port: int(1, 65_535),
  monitor_address: ip,
  tags,
};

const creatable = {
  ...changeable,
  address: mandatory(ip),
  protocol_port: mandatory(int(1, 65_535)),
  subnet_id: uuid,
  request_sriov: bool,
};

/** As it stands inside a fully-populated load balancer. */
export const nestedMember = object(creatable);
export type NestedMember = Sent<typeof creatable>;

const standalone = object({ ...creatable, project_id: str(36), tenant_id: str(36) });
export const createBody = body('member_', 'member', standalone);
export const updateBody = body('member_', 'member', object(changeable));
export const batchBody = body('members_', 'members', list(standalone));
