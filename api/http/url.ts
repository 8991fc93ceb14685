/**
 * Brings the many spellings of a path to the one that routes are declared under: `/v2/<resource>…`.
 * Equal are `/v2/lbaas`, `/v2.0/lbaas`, `/v2` and `/v2.0`; one trailing slash, a `.json` suffix and the deployment's
 * usual prefix `/load-balancer` are tolerated. Amphorae live below `/v2/octavia` only.
 */
export function canonicalUrl(url: string): string {
  const { path, query } = split(url);
  const { below } = splitPrefix(path);
  const trimmed = below.length > 1 && below.endsWith('/') ? below.slice(0, -1) : below;
  const bare = trimmed.endsWith('.json') ? trimmed.slice(0, -5) : trimmed;
  const mounted = /^\/v2(?:\.0)?(\/lbaas)?(\/.*)?$/.exec(bare);
  if (!mounted) return bare + query;
  const rest = mounted[2] ?? '';
  const isMisplaced = mounted[1] !== undefined && rest.startsWith('/octavia');
  return `${isMisplaced ? '/v2/lbaas' : '/v2'}${rest}${query}`;
}

/** The deployment's prefix and the path below it. */
export function splitPrefix(path: string): { readonly prefix: string; readonly below: string } {
  const prefixed = /^(\/load-balancer)(\/.*|)$/.exec(path);
  return prefixed
    ? { prefix: '/load-balancer', below: prefixed[2] === '' ? '/' : (prefixed[2] ?? '/') }
    : { prefix: '', below: path };
}

export function split(url: string): { readonly path: string; readonly query: string } {
  const mark = url.indexOf('?');
  return mark < 0 ? { path: url, query: '' } : { path: url.slice(0, mark), query: url.slice(mark) };
}
