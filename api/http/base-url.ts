import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyRequest } from 'fastify';

const HOST = /^(\[[0-9a-f:.]{2,45}\]|[\w.-]{1,253})(:\d{1,5})?$/i;
const PREFIX = /^(\/[\w.~%-]+){1,16}$/;

/**
 * How the client reached us: `http://host`, and what a proxy took off the path. Links are made of it.
 * @param isProxyBelieved whether a proxy in front of us says so in headers, that clients cannot forge past it
 */
export function baseUrlOf(request: FastifyRequest, isProxyBelieved: boolean): string {
  if (!isProxyBelieved) return `${request.protocol}://${request.host}`;
  const said = saidByProxy(request.headers);
  return `${said.protocol ?? request.protocol}://${said.host ?? request.host}${said.prefix ?? ''}`;
}

interface Said {
  readonly protocol: string | undefined;
  readonly host: string | undefined;
  readonly prefix: string | undefined;
}

/** What cannot be part of a link is passed over. `Forwarded`, where it is, replaces the older headers. */
function saidByProxy(headers: IncomingHttpHeaders): Said {
  const forwarded = forwardedOf(headers.forwarded);
  const protocol = forwarded ? forwarded.get('proto') : first(headers['x-forwarded-proto']);
  const host = forwarded ? forwarded.get('host') : first(headers['x-forwarded-host']);
  const prefix = first(headers['x-forwarded-prefix'])?.replace(/\/+$/, '');
  return {
    protocol: /^https?$/i.test(protocol ?? '') ? protocol?.toLowerCase() : undefined,
    host: HOST.test(host ?? '') ? host : undefined,
    prefix: PREFIX.test(prefix ?? '') ? prefix : undefined,
  };
}

/** `for=10.0.0.1;proto=https;host="a.example"`, of the proxy that is nearest to the client. */
function forwardedOf(header: string | undefined): ReadonlyMap<string, string> | undefined {
  const nearest = header?.split(',')[0];
  if (nearest === undefined) return undefined;
  const pairs = nearest.split(';').flatMap((pair): [string, string][] => {
    const mark = pair.indexOf('=');
    const value = pair
      .slice(mark + 1)
      .trim()
      .replace(/^"(.*)"$/, '$1');
    return mark < 1 ? [] : [[pair.slice(0, mark).trim().toLowerCase(), value]];
  });
  return new Map(pairs);
}

function first(header: string | readonly string[] | undefined): string | undefined {
  const text = typeof header === 'string' ? header : header?.[0];
  return text?.split(',')[0]?.trim();
}
