import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import type { Clock } from '#core/ports/clock.ts';
import { writeWhole } from '../apply/atomic-file.ts';
import { done, refuse } from '../http-message.ts';
import type { Route } from '../router.ts';

export interface AgentCertificate {
  readonly path: string;
  /** Controllers expect this name, whatever address they dial; empty: not known. */
  readonly amphoraId: string;
  readonly clock: Clock;
  /** Shows the file to the next connection. */
  reload(): void;
}

const MODE = 0o600;
const SERVER_AUTHENTICATION = '1.3.6.1.5.5.7.3.1';

/**
 * Replaces the agent's own certificate. One that no connection could be made with is refused, since after it nobody
 * could reach this amphora any more, not even to put it right.
 */
export function agentCertificateRoute(own: AgentCertificate): Route {
  return {
    method: 'PUT',
    path: '/1.0/certificate',
    isChange: true,
    async handle({ body }) {
      const problem = problemOf(body, own);
      if (problem !== null) throw refuse(400, 'Invalid request', problem);
      await writeWhole(own.path, body, MODE);
      own.reload();
      return done(202);
    },
  };
}

/** Why no controller would speak with who shows this; null: nothing speaks against it. Who signed it is theirs to judge. */
function problemOf(pem: Buffer, { amphoraId, clock }: AgentCertificate): string | null {
  try {
    createSecureContext({ cert: pem, key: pem });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return `not a certificate with its key in PEM: ${reason}`;
  }
  const certificate = new X509Certificate(pem);
  const { subject, validTo, validToDate, keyUsage } = certificate;
  if (amphoraId !== '' && certificate.checkHost(amphoraId) === undefined)
    return `the certificate is for ${JSON.stringify(subject)}; it must be for ${amphoraId}`;
  if (validToDate.getTime() <= clock.nowMs())
    return `the certificate ended ${validTo}, by the clock of the amphora`;
  // Null when it may be used for anything, which the types do not know.
  const usages = keyUsage as readonly string[] | undefined;
  if (usages !== undefined && !usages.includes(SERVER_AUTHENTICATION))
    return 'the certificate is not for servers: its extended key usage lacks serverAuth';
  return null;
}
