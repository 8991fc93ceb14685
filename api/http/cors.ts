import type { IncomingHttpHeaders } from 'node:http';
import type { ApiConfig } from '../context.ts';

type CorsOptions = ApiConfig['cors'];

/** What a browser needs to hear before it lets a page of another origin use an answer; undefined: nothing. */
export type CorsHeaders = Readonly<Record<string, string>> | undefined;

const SIMPLE_HEADERS = [
  'accept',
  'accept-language',
  'content-type',
  'cache-control',
  'content-language',
  'expires',
  'last-modified',
  'pragma',
];

/** The headers for one request; an OPTIONS request asks beforehand what another may do. */
export function corsHeaders(
  options: CorsOptions,
  method: string,
  headers: IncomingHttpHeaders,
): CorsHeaders {
  const { origin } = headers;
  if (origin === undefined || options.allowedOrigins.length === 0) return undefined;
  const allowed = options.allowedOrigins.find((one) => one === '*' || one === origin);
  if (allowed === undefined) return undefined;
  const basic = {
    vary: 'Origin',
    'access-control-allow-origin': allowed,
    // Browsers refuse credentials for a page of whatever origin.
    ...(options.allowCredentials && allowed !== '*'
      ? { 'access-control-allow-credentials': 'true' }
      : {}),
  };
  if (method !== 'OPTIONS')
    return { ...basic, 'access-control-expose-headers': options.exposeHeaders.join(',') };
  return isAllowed(options, headers) ? { ...basic, ...permissions(options) } : undefined;
}

function isAllowed(
  { allowMethods, allowHeaders }: CorsOptions,
  headers: IncomingHttpHeaders,
): boolean {
  const method = headers['access-control-request-method'];
  if (method === undefined || !allowMethods.includes(method)) return false;
  const allowed = [...SIMPLE_HEADERS, ...allowHeaders.map((name) => name.toLowerCase())];
  return (headers['access-control-request-headers'] ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .every((name) => name === '' || allowed.includes(name));
}

function permissions({ maxAgeSeconds, allowMethods, allowHeaders }: CorsOptions) {
  return {
    'access-control-max-age': String(maxAgeSeconds),
    'access-control-allow-methods': allowMethods.join(','),
    'access-control-allow-headers': [...SIMPLE_HEADERS, ...allowHeaders].join(','),
  };
}
