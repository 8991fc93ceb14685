import { enumeration } from './kinds.ts';
import { object } from './list-kinds.ts';
import { boolRow, type Doing, KEPT_TAGS, namesRows, tagsRow, whenCreating } from './shared-rows.ts';
import { MANDATORY, noOption, type Row, shown } from './table.ts';
import { secretRow, tlsOptionRows } from './tls-rows.ts';
import { CERTIFICATE, type ContractWorld, REVOCATION_LIST } from './world.ts';

const PROTOCOLS = ['TCP', 'HTTP', 'HTTPS', 'PROXY', 'PROXYV2', 'UDP', 'SCTP'];
const ALGORITHMS = ['ROUND_ROBIN', 'LEAST_CONNECTIONS', 'SOURCE_IP', 'SOURCE_IP_PORT'];

/** As shown: always the four keys. */
const persistence = (more: object) => ({
  cookie_name: null,
  persistence_timeout: null,
  persistence_granularity: null,
  ...more,
});
const SOURCE_IP = { type: 'SOURCE_IP' };
const COOKIE = { type: 'APP_COOKIE', cookie_name: 'JSESSION' };

/** Of a pool that speaks TLS to its members: defaults are filled in for no other. */
export function tlsRows({ api }: ContractWorld, doing: Doing): readonly Row[] {
  const { defaultPoolCiphers } = api.context.config.apiSettings;
  return [
    secretRow(doing, 'tls_container_ref', CERTIFICATE),
    secretRow(doing, 'ca_tls_container_ref', CERTIFICATE),
    secretRow(doing, 'crl_container_ref', REVOCATION_LIST),
    {
      ...boolRow(doing, 'tls_enabled', false),
      ...(doing === 'update' ? { whenNull: noOption('tls_enabled') } : {}),
    },
    ...tlsOptionRows(doing, defaultPoolCiphers, null),
  ];
}

export function sharedRows(doing: Doing, path = 'pool_.pool'): readonly Row[] {
  return [
    ...namesRows(doing),
    boolRow(doing, 'admin_state_up', true),
    tagsRow(doing, KEPT_TAGS),
    {
      name: 'lb_algorithm',
      kind: enumeration(...ALGORITHMS),
      ...(doing === 'create' ? { absent: MANDATORY } : {}),
      whenNull: noOption('lb_algorithm'),
    },
    {
      name: 'session_persistence',
      kind: object,
      accepts: [
        [SOURCE_IP, persistence(SOURCE_IP)],
        [{ type: 'HTTP_COOKIE' }, persistence({ type: 'HTTP_COOKIE' })],
        [COOKIE, persistence(COOKIE)],
      ],
      refuses: [
        [{ ...SOURCE_IP, x: 1 }, `Unknown attribute for argument ${path}.session_persistence: x`],
      ],
      ...whenCreating(doing, null),
      whenNull: shown(null),
    },
  ];
}

/** All that a pool has by itself. @param path where it stands, as faults print it */
export const newPoolRows = (w: ContractWorld, path?: string): readonly Row[] => [
  ...sharedRows('create', path),
  ...tlsRows(w, 'create'),
  {
    name: 'protocol',
    kind: enumeration(...PROTOCOLS),
    absent: MANDATORY,
    whenNull: noOption('protocol'),
  },
];
