import { ClientAuthentication, type Listener, ListenerProtocol } from '../domain/listener.ts';
import type { LoadBalancerTree } from '../domain/load-balancer-tree.ts';
import { endpoint } from './address.ts';
import type { HaproxyContext } from './context.ts';
import { refuse } from './escape.ts';
import {
  alpnWords,
  certificateDirectory,
  certificatePath,
  cipherWords,
  versionWords,
} from './tls.ts';

const VERIFY = {
  [ClientAuthentication.None]: 'none',
  [ClientAuthentication.Optional]: 'optional',
  [ClientAuthentication.Mandatory]: 'required',
} as const;

/** The listener's port on the VIP and on every additional one. */
export function bindLines(
  listener: Listener,
  tree: LoadBalancerTree,
  context: HaproxyContext,
): readonly string[] {
  const additional = tree.additionalVips.map((vip) => vip.ipAddress);
  const tls = tlsWords(listener, tree.id, context);
  return [tree.vip.address, ...additional].map((address) => {
    const what = `load balancer ${tree.id}: VIP`;
    const vip = address ?? refuse(what, 'has no address yet');
    return ['bind', endpoint(vip, listener.protocolPort, what), ...tls].join(' ');
  });
}

/**
 * The list of certificates stands here whenever there is any: with SNI containers alone the original leaves it out,
 * and such a listener answers plain HTTP with redirects to itself.
 */
function tlsWords(
  listener: Listener,
  loadBalancerId: string,
  context: HaproxyContext,
): readonly string[] {
  const what = `listener ${listener.id}`;
  const isTls = mayTerminateTls(listener);
  return [
    ...certificateWords(listener, loadBalancerId, context),
    ...clientAuthenticationWords(listener, loadBalancerId, context),
    ...(isTls
      ? cipherWords(listener.tlsCiphers, context.options.defaultListenerCiphers, what)
      : []),
    ...(isTls ? versionWords(listener.tlsVersions) : []),
    ...(isTls ? alpnWords(listener.alpnProtocols, what) : []),
  ];
}

/** Each certificate of the list must be there: with one less, another's name would be answered with the wrong one. */
function certificateWords(
  listener: Listener,
  loadBalancerId: string,
  context: HaproxyContext,
): readonly string[] {
  if (!hasCertificate(listener)) return [];
  const { id, defaultTlsContainerRef, sniContainerRefs } = listener;
  for (const ref of [defaultTlsContainerRef, ...sniContainerRefs])
    if (ref !== null) certificatePath(ref, loadBalancerId, context, `listener ${id}`);
  return ['ssl', 'crt-list', `${certificateDirectory(loadBalancerId, context)}/${id}.pem`];
}

function clientAuthenticationWords(
  listener: Listener,
  loadBalancerId: string,
  context: HaproxyContext,
): readonly string[] {
  const { clientCaTlsContainerRef: caRef, clientCrlContainerRef: crlRef } = listener;
  if (caRef === null) return [];
  const pathOf = (ref: string): string =>
    certificatePath(ref, loadBalancerId, context, `listener ${listener.id}`);
  const crl = crlRef === null ? [] : ['crl-file', pathOf(crlRef)];
  return ['ca-file', pathOf(caRef), 'verify', VERIFY[listener.clientAuthentication], ...crl];
}

export function hasCertificate(listener: Listener): boolean {
  return listener.defaultTlsContainerRef !== null || listener.sniContainerRefs.length > 0;
}

function mayTerminateTls({ protocol }: Listener): boolean {
  return protocol === ListenerProtocol.TerminatedHttps || protocol === ListenerProtocol.Prometheus;
}
