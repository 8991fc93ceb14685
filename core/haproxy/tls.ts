import type { HaproxyContext } from './context.ts';
import { refuse, word } from './escape.ts';

const TLS_VERSIONS = [
  ['SSLv3', 'no-sslv3'],
  ['TLSv1', 'no-tlsv10'],
  ['TLSv1.1', 'no-tlsv11'],
  ['TLSv1.2', 'no-tlsv12'],
  ['TLSv1.3', 'no-tlsv13'],
] as const;

/** Null: HAProxy's own choice. Else every version that is not in the list is switched off. */
export function versionWords(versions: readonly string[] | null): readonly string[] {
  if (versions === null) return [];
  return TLS_VERSIONS.filter(([name]) => !versions.includes(name)).map(([, keyword]) => keyword);
}

/** Only suites up to TLS 1.2 are chosen by this; names of TLS 1.3 suites in it do nothing. */
export function cipherWords(
  ciphers: string | null,
  fallback: string | null,
  what: string,
): readonly string[] {
  if (ciphers === null) return [];
  const isUsable = !/\p{Cc}/u.test(ciphers);
  return ['ciphers', word(isUsable ? ciphers : (fallback ?? ciphers), `${what}: tls_ciphers`)];
}

export function alpnWords(protocols: readonly string[] | null, what: string): readonly string[] {
  return protocols === null ? [] : ['alpn', alpnList(protocols, what)];
}

export function alpnList(protocols: readonly string[], what: string): string {
  return word(protocols.join(','), `${what}: alpn_protocols`);
}

/** The path on the amphora of what a reference stands for. */
export function certificatePath(
  ref: string,
  loadBalancerId: string,
  context: HaproxyContext,
  what: string,
): string {
  const file = context.certificateFiles.get(ref);
  if (file === undefined) refuse(what, `needs ${JSON.stringify(ref)}, which cannot be read`);
  return `${certificateDirectory(loadBalancerId, context)}/${word(file, what)}`;
}

export function certificateDirectory(loadBalancerId: string, context: HaproxyContext): string {
  return `${word(context.paths.baseCertDir, 'base_cert_dir')}/${loadBalancerId}`;
}
