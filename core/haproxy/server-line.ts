import { type HealthMonitor, HealthMonitorType } from '../domain/health-monitor.ts';
import { type Listener, ListenerProtocol } from '../domain/listener.ts';
import type { PoolTree } from '../domain/load-balancer-tree.ts';
import type { Member } from '../domain/member.ts';
import { PoolProtocol, SessionPersistenceType } from '../domain/pool.ts';
import { bareAddress, endpoint, portNumber } from './address.ts';
import type { HaproxyContext } from './context.ts';
import { id } from './escape.ts';
import { when } from './section.ts';
import { servedMonitor } from './served-tree.ts';
import { alpnList, alpnWords, certificatePath, cipherWords, versionWords } from './tls.ts';
import { featuresOf } from './version.ts';

/** A member. */
export function serverLine(
  member: Member,
  pool: PoolTree,
  listener: Listener,
  context: HaproxyContext,
): string {
  const what = `member ${member.id}`;
  const monitor = servedMonitor(pool);
  return [
    'server',
    id(member.id, 'member'),
    endpoint(member.address, member.protocolPort, what),
    `weight ${member.weight ?? 1}`,
    ...(monitor === null ? [] : checkWords(member, pool, monitor, context)),
    ...when(hasCookie(pool), `cookie ${member.id}`),
    ...proxyWords(pool, listener),
    ...when(member.isBackup, 'backup'),
    ...when(!member.isEnabled, 'disabled'),
    ...(pool.tlsEnabled ? tlsWords(pool, listener, context) : []),
  ].join(' ');
}

function checkWords(
  member: Member,
  pool: PoolTree,
  monitor: HealthMonitor,
  context: HaproxyContext,
): readonly string[] {
  const what = `member ${member.id}: monitor`;
  const alpn = featuresOf(context.haproxyVersion).hasPoolAlpn ? pool.alpnProtocols : null;
  return [
    'check',
    ...when(shakesHands(monitor), 'check-ssl', 'verify none'),
    ...(alpn === null ? [] : ['check-alpn', alpnList(alpn, `pool ${pool.id}`)]),
    `inter ${monitor.delaySeconds}s`,
    `fall ${monitor.maxRetriesDown}`,
    `rise ${monitor.maxRetries}`,
    ...(member.monitorAddress === null ? [] : ['addr', bareAddress(member.monitorAddress, what)]),
    ...(member.monitorPort === null ? [] : [`port ${portNumber(member.monitorPort, what)}`]),
  ];
}

/**
 * TLS-HELLO too: the original's present version only connects, and its former one sent a hello of SSLv3, which no
 * server answers any more.
 */
function shakesHands({ type }: HealthMonitor): boolean {
  return type === HealthMonitorType.Https || type === HealthMonitorType.TlsHello;
}

function hasCookie(pool: PoolTree): boolean {
  return pool.sessionPersistence?.type === SessionPersistenceType.HttpCookie;
}

function proxyWords(pool: PoolTree, listener: Listener): readonly string[] {
  if (pool.protocol === PoolProtocol.Proxy) return ['send-proxy'];
  if (pool.protocol !== PoolProtocol.ProxyV2) return [];
  const isTls =
    listener.protocol === ListenerProtocol.TerminatedHttps ||
    listener.protocol === ListenerProtocol.Prometheus;
  return [isTls ? 'send-proxy-v2-ssl-cn' : 'send-proxy-v2'];
}

/**
 * With a CA, members are always verified, and said to be after the check's words: an HTTPS monitor's `verify none`
 * is the whole server's, and the original, which says nothing here, then verifies nobody.
 */
function tlsWords(pool: PoolTree, listener: Listener, context: HaproxyContext): readonly string[] {
  const what = `pool ${pool.id}`;
  const { hasPoolAlpn } = featuresOf(context.haproxyVersion);
  const file = (keyword: string, ref: string | null): readonly string[] =>
    ref === null ? [] : [keyword, certificatePath(ref, pool.loadBalancerId, context, what)];
  return [
    'ssl',
    ...file('crt', pool.tlsContainerRef),
    ...file('ca-file', pool.caTlsContainerRef),
    ...file('crl-file', pool.crlContainerRef),
    pool.caTlsContainerRef === null ? 'verify none' : 'verify required',
    `sni ${serverName(listener, context)}`,
    ...cipherWords(pool.tlsCiphers, context.options.defaultPoolCiphers, what),
    ...versionWords(pool.tlsVersions),
    ...(hasPoolAlpn ? alpnWords(pool.alpnProtocols, what) : []),
  ];
}

/**
 * The name by which a member that serves many chooses its certificate: the one that the client asked for in its TLS
 * hello. Clients of a plain HTTP listener send none there, but they do in the request, where the original does not look.
 */
function serverName(listener: Listener, { haproxyVersion }: HaproxyContext): string {
  const isPlainHttp = listener.protocol === ListenerProtocol.Http;
  const { hasHostOnly } = featuresOf(haproxyVersion);
  return isPlainHttp && hasHostOnly ? 'req.hdr(host),host_only' : 'ssl_fc_sni';
}
