import { parseArgs } from 'node:util';

export const HELP = `Tenants' certificates of a cloud without Barbican: stores them sealed in the database and prints the references
that load balancers take (--default-tls-container-ref and the like).

  npm run -s certificate -- add --certificate FILE --key FILE [--intermediates FILE] [--passphrase-file FILE]
  npm run -s certificate -- add --pkcs12 FILE [--passphrase-file FILE]
  npm run -s certificate -- add --ca FILE
  npm run -s certificate -- add --crl FILE
  npm run -s certificate -- list
  npm run -s certificate -- remove REFERENCE
  npm run -s certificate -- reseal       after a new first passphrase in [certificates] server_certs_key_passphrase

  --certificate FILE       PEM; may hold the key and the intermediates, too
  --passphrase-file FILE   what opens the key or the bundle; it is not stored
  --name NAME              shown by list (default: the file's)
  --project ID             who may use it, or whose to list (default: [api_settings] noauth_project_id; list: everyone's)
  --config-file FILE       octavia.conf (default: of the one-box cloud in .data, else /etc/octavia/octavia.conf)
  --help                   this text
`;

const STRINGS = [
  'certificate',
  'key',
  'intermediates',
  'pkcs12',
  'ca',
  'crl',
  'passphrase-file',
  'name',
  'project',
  'config-file',
] as const;

export type Options = { readonly [Name in (typeof STRINGS)[number]]?: string };

export interface Request {
  readonly words: readonly string[];
  readonly options: Options;
  readonly isHelp: boolean;
}

/** What the person did wrong, in one line. */
export class Misuse extends Error {}

/** @throws Misuse */
export function readRequest(args: readonly string[]): Request {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        ...Object.fromEntries(STRINGS.map((name) => [name, { type: 'string' as const }])),
        help: { type: 'boolean', short: 'h' },
      },
    });
    const { help, ...options } = values;
    return { words: positionals, options, isHelp: help === true };
  } catch (error) {
    const first = error instanceof Error ? error.message.split('. ')[0] : String(error);
    throw new Misuse(`${first}; --help lists the options`, { cause: error });
  }
}
