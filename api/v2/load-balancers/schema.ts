import { ip } from '../../schema/address.ts';
import { list, setOf, tags } from '../../schema/collection.ts';
import { mandatory } from '../../schema/field.ts';
import { bool } from '../../schema/number.ts';
import { body, object, type Sent } from '../../schema/object.ts';
import { str, uuid } from '../../schema/text.ts';
import { nestedListener } from '../listeners/schema.ts';
import { nestedPool } from '../pools/schema.ts';

const changeable = {
  name: str(255),
  description: str(255),
  vip_qos_policy_id: uuid,
  vip_sg_ids: setOf(uuid),
  admin_state_up: bool,
  tags,
};

const additionalVip = object({ subnet_id: mandatory(uuid), ip_address: ip, port_id: uuid });

const createFields = {
  name: changeable.name,
  description: changeable.description,
  admin_state_up: changeable.admin_state_up,
  vip_address: ip,
  vip_port_id: uuid,
  vip_subnet_id: uuid,
  vip_network_id: uuid,
  vip_qos_policy_id: changeable.vip_qos_policy_id,
  vip_sg_ids: changeable.vip_sg_ids,
  additional_vips: list(additionalVip),
  project_id: str(36),
  tenant_id: str(36),
  listeners: list(nestedListener),
  pools: list(nestedPool),
  provider: str(64),
  tags,
  flavor_id: uuid,
  availability_zone: str(255),
};

export const createBody = body('load_balancer', 'loadbalancer', object(createFields));
export type LoadBalancerCreate = Sent<typeof createFields>;
export const updateBody = body('load_balancer', 'loadbalancer', object(changeable));
