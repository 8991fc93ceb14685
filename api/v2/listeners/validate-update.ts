import type { Listener } from '#core/domain/listener.ts';
import type { LoadBalancer } from '#core/domain/load-balancer.ts';
import type { ApiConfig } from '../../context.ts';
import { validationFailure } from '../../faults.ts';
import { pythonText } from '../../schema/python-text.ts';
import { validateAlpn, validateCiphers, validateTlsVersions } from '../../tls.ts';
import type { ListenerUpdate } from './schema.ts';
import {
  isDatagram,
  refuseCrlWithoutCa,
  refuseReferencesWithoutTls,
  validateCidrs,
  validateClientAuthentication,
  validateHeaders,
  validateHstsProtocol,
} from './validate.ts';

/** The rules of an update, seen together with what is stored; in Octavia's order. */
export function validateListenerUpdate(
  old: Listener,
  sent: ListenerUpdate,
  loadBalancer: LoadBalancer,
  settings: ApiConfig['apiSettings'],
  tlsFault: Error | null,
): void {
  const headers = Object.keys(sent.insert_headers ?? {});
  const hasReferences =
    Boolean(sent.default_tls_container_ref) || (sent.sni_container_refs?.length ?? 0) > 0;
  const hasTls = hasReferences || Boolean(sent.client_ca_tls_container_ref);
  if (isDatagram(old.protocol) && (hasTls || headers.length > 0))
    throw validationFailure(
      `${old.protocol} protocol listener does not support TLS or header insertion.`,
    );
  refuseReferencesWithoutTls(old.protocol, hasReferences);
  const ca = sent.client_ca_tls_container_ref ?? old.clientCaTlsContainerRef;
  validateClientAuthentication(sent.client_authentication, ca);
  validateHeaders(headers, old.protocol, pythonText(headers));
  refuseCrlWithoutCa(sent.client_crl_container_ref ?? null, ca);
  if (tlsFault !== null) throw tlsFault;
  validateCidrs(sent.allowed_cidrs ?? [], loadBalancer);
  if (sent.tls_ciphers) validateCiphers(sent.tls_ciphers, settings);
  if (sent.tls_versions) validateTlsVersions(sent.tls_versions, settings);
  if (sent.alpn_protocols) validateAlpn(sent.alpn_protocols);
  validateHsts(old, sent);
}

function validateHsts(old: Listener, sent: ListenerUpdate): void {
  const age = sent.hsts_max_age === undefined ? old.hstsMaxAgeSeconds : sent.hsts_max_age;
  if ((sent.hsts_include_subdomains || sent.hsts_preload) && age === null)
    throw validationFailure(
      'Cannot enable hsts_include_subdomains or hsts_preload if hsts_max_age was not set as well.',
    );
  validateHstsProtocol(sent.hsts_max_age, old.protocol);
}
