import { alpn, text } from './kinds.ts';
import { list } from './list-kinds.ts';
import { type Doing, failure, unreadable, whenCreating } from './shared-rows.ts';
import { type Row, shown } from './table.ts';

const EMPTY = (what: string) =>
  failure(
    `Empty ${what} list. Either specify at least one ${what} or remove this parameter to use the default.`,
  );
const SIGNS = failure(
  'Invalid characters in cipher string. Only alphanumeric, -, +, !, :, @, =, _, and . are allowed.',
);
const ALPN = ['h2', 'http/1.1', 'http/1.0'];

/**
 * Of who speaks TLS: on others nothing is checked or filled in on creation.
 * @param ciphers the default of the deployment
 * @param alpnWhenNull what an update to null makes of ALPN
 */
export function tlsOptionRows(
  doing: Doing,
  ciphers: string,
  alpnWhenNull: readonly string[] | null,
): readonly Row[] {
  const withDefault = (value: unknown) => ({
    ...whenCreating(doing, value),
    whenNull: shown(value),
  });
  return [
    {
      name: 'tls_ciphers',
      kind: text(2048),
      accepts: [['ECDHE-RSA-AES128-GCM-SHA256:!aNULL:+a@b=c_d.e'], ['A'.repeat(2048)], ['']],
      refuses: [
        ['AES;DES', SIGNS],
        ['A B', SIGNS],
        ['é', SIGNS],
      ],
      ...withDefault(ciphers),
    },
    {
      name: 'tls_versions',
      kind: list(text(32)),
      accepts: [[['SSLv3', 'TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3']], [['TLSv1.3']]],
      refuses: [
        [[], EMPTY('TLS version')],
        [['TLSv9', 'x', 'TLSv1'], failure('Invalid TLS versions: TLSv9, x')],
      ],
      ...withDefault(['TLSv1.2', 'TLSv1.3']),
    },
    {
      name: 'alpn_protocols',
      kind: list(alpn),
      accepts: [[ALPN], [['http/1.0']]],
      refuses: [[[], EMPTY('ALPN protocol')]],
      ...withDefault(ALPN),
      ...(doing === 'update' ? { whenNull: shown(alpnWhenNull) } : {}),
    },
  ];
}

/** A reference to what the certificate manager has. @param there one that it has */
export function secretRow(doing: Doing, name: string, there: string): Row {
  return {
    name,
    kind: text(255),
    accepts: [[there]],
    refuses: [unreadable],
    ...whenCreating(doing, null),
    whenNull: shown(null),
  };
}
