/** X.509 extensions in node-forge's own spelling. */
type Extension = Readonly<Record<string, unknown>> & { readonly name: string };

/** What makes a certificate a CA: it may sign certificates and revocation lists, and nothing else. */
export function authorityExtensions(): Extension[] {
  return [
    { name: 'basicConstraints', critical: true, cA: true },
    { name: 'keyUsage', critical: true, keyCertSign: true, cRLSign: true },
    { name: 'subjectKeyIdentifier' },
  ];
}

/**
 * What an agent or a controller shows: both are client and server of the same kind of certificate.
 * @param dnsName what the other side checks, whatever address it dials
 * @param authorityKeyId key identifier of the signing CA, raw bytes as a binary string
 */
export function endEntityExtensions(dnsName: string, authorityKeyId: string): Extension[] {
  return [
    { name: 'basicConstraints', critical: true, cA: false },
    { name: 'subjectAltName', altNames: [{ type: 2, value: dnsName }] },
    {
      name: 'keyUsage',
      critical: true,
      digitalSignature: true,
      keyEncipherment: true,
      dataEncipherment: true,
      keyAgreement: true,
    },
    { name: 'extKeyUsage', critical: true, serverAuth: true, clientAuth: true },
    { name: 'subjectKeyIdentifier' },
    { name: 'authorityKeyIdentifier', keyIdentifier: authorityKeyId },
  ];
}
