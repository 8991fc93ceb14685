/** Issues the certificates by which controller and amphorae know each other. */
export interface CertificateGenerator {
  /**
   * @param amphoraId becomes common name and DNS name: the controller checks it, whatever address it dials
   * @returns certificate and then key, PEM; never to be logged or checkpointed
   */
  issue(amphoraId: string): Promise<{ readonly pem: string; readonly expiresAt: Date }>;
}

/** A tenant's certificate with its key. */
export interface TlsContainer {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
  readonly intermediatesPem: readonly string[];
}

/**
 * Where tenants' TLS material lies. Answers null for what does not exist or may not be read: a project reads what is
 * its own. Throws OctaviaError for what its owner stored and nobody can read, in words for the owner.
 */
export interface CertificateManager {
  /** @param projectId whose load balancer refers to it */
  getTlsContainer(ref: string, projectId: string): Promise<TlsContainer | null>;
  /** A CA certificate or a revocation list. */
  getSecret(ref: string, projectId: string): Promise<string | null>;
}
