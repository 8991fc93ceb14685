import { LbAlgorithm, PoolProtocol, SessionPersistenceType } from '#core/domain/pool.ts';
import { ip } from '../../schema/address.ts';
import { list, tags } from '../../schema/collection.ts';
import { mandatory } from '../../schema/field.ts';
import { bool, int } from '../../schema/number.ts';
import { body, object, type Sent } from '../../schema/object.ts';
import { alpnProtocol, oneOf, str, text, uuid } from '../../schema/text.ts';
import { nestedHealthMonitor } from '../health-monitors/schema.ts';
import { nestedMember } from '../members/schema.ts';

const persistenceType = oneOf(...Object.values(SessionPersistenceType));
const persistence = {
  type: persistenceType,
  cookie_name: text({ lengthMax: 255, pattern: /^[^\s,;\\]+$/ }),
  persistence_timeout: int(-2_147_483_648),
  persistence_granularity: ip,
};
export type SentPersistence = Sent<typeof persistence>;

const changeable = {
  name: str(255),
  description: str(255),
  admin_state_up: bool,
  lb_algorithm: oneOf(...Object.values(LbAlgorithm)),
  session_persistence: object(persistence),
  tags,
  tls_container_ref: str(255),
  ca_tls_container_ref: str(255),
  crl_container_ref: str(255),
  tls_enabled: bool,
  tls_ciphers: str(2048),
  tls_versions: list(str(32)),
  alpn_protocols: list(alpnProtocol),
};

const creatable = {
  ...changeable,
  protocol: oneOf(...Object.values(PoolProtocol)),
  session_persistence: object({ ...persistence, type: mandatory(persistenceType) }),
  healthmonitor: nestedHealthMonitor,
  members: list(nestedMember),
};

/** Inside a fully-populated load balancer, where a name alone refers to a pool defined elsewhere in the request. */
export const nestedPool = object(creatable);
export type NestedPool = Sent<typeof creatable>;

const createFields = {
  ...creatable,
  listener_id: uuid,
  loadbalancer_id: uuid,
  protocol: mandatory(creatable.protocol),
  lb_algorithm: mandatory(creatable.lb_algorithm),
  project_id: str(36),
  tenant_id: str(36),
};
export const createBody = body('pool_', 'pool', object(createFields));
export type PoolCreate = Sent<typeof createFields>;
export const updateBody = body('pool_', 'pool', object(changeable));
export type PoolUpdate = Sent<typeof changeable>;
