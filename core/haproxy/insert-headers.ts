import { type Listener, ListenerProtocol } from '../domain/listener.ts';
import { type Pool, PoolProtocol } from '../domain/pool.ts';

/** Of the client's certificate, on listeners that end TLS. */
const CERTIFICATE_HEADERS = [
  ['X-SSL-Client-Verify', '%[ssl_c_verify]'],
  ['X-SSL-Client-Has-Cert', '%[ssl_c_used]'],
  ['X-SSL-Client-DN', '%{+Q}[ssl_c_s_dn]'],
  ['X-SSL-Client-CN', '%{+Q}[ssl_c_s_dn(cn)]'],
  ['X-SSL-Issuer', '%{+Q}[ssl_c_i_dn]'],
  ['X-SSL-Client-SHA1', '%{+Q}[ssl_c_sha1,hex]'],
  ['X-SSL-Client-Not-Before', '%{+Q}[ssl_c_notbefore]'],
  ['X-SSL-Client-Not-After', '%{+Q}[ssl_c_notafter]'],
] as const;

/** What members are told of the client. Only headers of this list are known; others mean nothing. */
export function insertHeaderLines(listener: Listener, pool: Pool): readonly string[] {
  const isWanted = (name: string): boolean =>
    listener.insertHeaders[name]?.toLowerCase() === 'true';
  const isHttp = pool.protocol === PoolProtocol.Http;
  const isTls = listener.protocol === ListenerProtocol.TerminatedHttps;

  const lines: string[] = [];
  if (isHttp && isWanted('X-Forwarded-For')) lines.push('option forwardfor');
  if (isHttp && isWanted('X-Forwarded-Port'))
    lines.push(setHeader('X-Forwarded-Port', '%[dst_port]'));
  if (isWanted('X-Forwarded-Proto'))
    lines.push(setHeader('X-Forwarded-Proto', isTls ? 'https' : 'http'));
  if (!isTls) return lines;
  const ofCertificate = CERTIFICATE_HEADERS.filter(([name]) => isWanted(name));
  return [...lines, ...ofCertificate.map(([name, value]) => setHeader(name, value))];
}

function setHeader(name: string, value: string): string {
  return `http-request set-header ${name} ${value}`;
}
