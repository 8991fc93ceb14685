import { ClientAuthentication, ListenerProtocol } from '#core/domain/listener.ts';
import { cidr } from '../../schema/address.ts';
import { list, map, setOf, tags } from '../../schema/collection.ts';
import { mandatory } from '../../schema/field.ts';
import { bool, int } from '../../schema/number.ts';
import { body, object, type Sent } from '../../schema/object.ts';
import { alpnProtocol, oneOf, str, uuid } from '../../schema/text.ts';
import { nestedL7Policy } from '../l7-policies/schema.ts';
import { nestedPool } from '../pools/schema.ts';

const TIMEOUT_MAX_MS = 24 * 24 * 3600 * 1000; // Octavia's: 24 days
const timeout = int(0, TIMEOUT_MAX_MS);

/** Shorter than other references: what Octavia can store. */
const SNI_REFERENCE_MAX = 128;

const changeable = {
  name: str(255),
  description: str(255),
  admin_state_up: bool,
  connection_limit: int(-1),
  default_tls_container_ref: str(255),
  sni_container_refs: setOf(str(SNI_REFERENCE_MAX)),
  default_pool_id: uuid,
  insert_headers: map,
  timeout_client_data: timeout,
  timeout_member_connect: timeout,
  timeout_member_data: timeout,
  timeout_tcp_inspect: timeout,
  tags,
  client_ca_tls_container_ref: str(255),
  client_authentication: oneOf(...Object.values(ClientAuthentication)),
  client_crl_container_ref: str(255),
  allowed_cidrs: setOf(cidr),
  tls_ciphers: str(2048),
  tls_versions: list(str(32)),
  alpn_protocols: list(alpnProtocol),
  hsts_max_age: int(0),
  hsts_include_subdomains: bool,
  hsts_preload: bool,
};

const creatable = {
  ...changeable,
  protocol: mandatory(oneOf(...Object.values(ListenerProtocol))),
  protocol_port: mandatory(int(1, 65_535)),
  default_pool: nestedPool,
  l7policies: list(nestedL7Policy),
};

/** As it stands inside a fully-populated load balancer. */
export const nestedListener = object({ ...creatable, hsts_max_age: int(-2_147_483_648) });
export type NestedListener = Sent<typeof creatable>;

const createFields = {
  ...creatable,
  loadbalancer_id: mandatory(uuid),
  project_id: str(36),
  tenant_id: str(36),
};
export const createBody = body('listener_', 'listener', object(createFields));
export const updateBody = body('listener_', 'listener', object(changeable));
export type ListenerUpdate = Sent<typeof changeable>;
