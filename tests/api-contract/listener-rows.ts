import { cidr } from './address-kinds.ts';
import { enumeration, int, text } from './kinds.ts';
import { list, map } from './list-kinds.ts';
import {
  boolRow,
  type Doing,
  failure,
  KEPT_TAGS,
  namesRows,
  referenceRow,
  tagsRow,
  unreadable,
  whenCreating,
} from './shared-rows.ts';
import { MANDATORY, noOption, type Row, refused, shown } from './table.ts';
import { secretRow, tlsOptionRows } from './tls-rows.ts';
import { CERTIFICATE, type ContractWorld, REVOCATION_LIST } from './world.ts';

const PROTOCOLS = ['TCP', 'HTTP', 'HTTPS', 'TERMINATED_HTTPS', 'UDP', 'SCTP', 'PROMETHEUS'];
const HEADERS = ['Forwarded-For', 'Forwarded-Port', 'Forwarded-Proto', 'Forwarded-IP'];
const everyHeader = Object.fromEntries(
  [...HEADERS, 'Client-IP', 'Real-IP'].map((name) => [`X-${name}`, 'true']),
);
const NO_REFERENCE =
  'An SNI or default certificate container reference must be provided for TERMINATED_HTTPS protocol listeners.';

/** Of a listener that ends TLS: nothing is checked or filled in on others. */
export function tlsRows({ api }: ContractWorld, doing: Doing): readonly Row[] {
  const { defaultListenerCiphers } = api.context.config.apiSettings;
  const noReference = refused(failure(NO_REFERENCE));
  return [
    ...tlsOptionRows(doing, defaultListenerCiphers, ['h2', 'http/1.1', 'http/1.0']),
    {
      ...secretRow(doing, 'default_tls_container_ref', CERTIFICATE),
      ...(doing === 'create' ? { absent: noReference, whenNull: noReference } : {}),
    },
    {
      name: 'sni_container_refs',
      kind: list(text(128)),
      accepts: [[[]], [[CERTIFICATE, CERTIFICATE], [CERTIFICATE]]],
      refuses: [[[unreadable[0]], unreadable[1]]],
      ...whenCreating(doing, []),
      whenNull: shown([]),
    },
    secretRow(doing, 'client_ca_tls_container_ref', CERTIFICATE),
    secretRow(doing, 'client_crl_container_ref', REVOCATION_LIST),
    {
      name: 'client_authentication',
      kind: enumeration('NONE', 'OPTIONAL', 'MANDATORY'),
      ...whenCreating(doing, 'NONE'),
      whenNull: shown('NONE'),
    },
    { name: 'hsts_max_age', kind: int(0), ...whenCreating(doing, null), whenNull: shown(null) },
    boolRow(doing, 'hsts_include_subdomains', false),
    boolRow(doing, 'hsts_preload', false),
  ];
}

/** Of any listener; a load balancer of IPv4 only is its parent. */
export function sharedRows(w: ContractWorld, doing: Doing): readonly Row[] {
  const timeout = (name: string, byDefault: number): Row => ({
    name,
    kind: int(0, 2_073_600_000),
    ...whenCreating(doing, byDefault),
    whenNull: shown(byDefault),
  });
  return [
    ...namesRows(doing),
    boolRow(doing, 'admin_state_up', true),
    tagsRow(doing, KEPT_TAGS),
    {
      name: 'connection_limit',
      kind: int(-1),
      ...whenCreating(doing, -1),
      whenNull: shown(doing === 'create' ? null : -1),
    },
    timeout('timeout_client_data', 50_000),
    timeout('timeout_member_connect', 5000),
    timeout('timeout_member_data', 50_000),
    timeout('timeout_tcp_inspect', 0),
    {
      name: 'allowed_cidrs',
      kind: list(cidr),
      accepts: [
        [[], null],
        [
          ['10.1.2.3/8', '10.0.0.7', '10.9.9.9/8'],
          ['10.0.0.0/8', '10.0.0.7/32'],
        ],
      ],
      refuses: [
        [
          ['10.0.0.0/8', '2001:db8::1'],
          failure(
            "CIDR 2001:db8::1/128 IP version incompatible with all VIPs ['198.0.2.5'] IP version.",
          ),
        ],
      ],
      ...whenCreating(doing, null),
      whenNull: shown(null),
    },
    {
      name: 'insert_headers',
      kind: map,
      accepts: [[{}], [everyHeader], [{ 'X-Forwarded-For': 'é'.repeat(255) }]],
      refuses: [
        [
          { 'X-Bad': 'true', 'X-Real-IP': '' },
          `${doing === 'create' ? "dict_keys(['X-Bad', 'X-Real-IP'])" : "['X-Bad', 'X-Real-IP']"} is not a valid option for insert_headers`,
        ],
      ],
      ...whenCreating(doing, {}),
      whenNull: shown({}),
    },
    {
      ...referenceRow('default_pool_id', 'Pool', w.pool),
      ...whenCreating(doing, null),
      whenNull: shown(null),
    },
  ];
}

/** All that a listener has by itself; `default_pool_id` among them. */
export const newListenerRows = (w: ContractWorld): readonly Row[] => [
  ...sharedRows(w, 'create'),
  ...tlsRows(w, 'create'),
  ...ownRows(),
];

export function ownRows(): readonly Row[] {
  return [
    {
      name: 'protocol',
      kind: enumeration(...PROTOCOLS),
      accepts: PROTOCOLS.filter((each) => each !== 'TERMINATED_HTTPS').map((each) => [each]),
      refuses: [['TERMINATED_HTTPS', failure(NO_REFERENCE)]],
      absent: MANDATORY,
      whenNull: noOption('protocol'),
    },
    {
      name: 'protocol_port',
      kind: int(1, 65_535),
      absent: MANDATORY,
      whenNull: noOption('protocol_port'),
    },
  ];
}
