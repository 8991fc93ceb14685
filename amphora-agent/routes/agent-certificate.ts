import { createSecureContext } from 'node:tls';
import { writeWhole } from '../apply/atomic-file.ts';
import { done, refuse } from '../http-message.ts';
import type { Route } from '../router.ts';

const MODE = 0o600;

/**
 * Replaces the agent's own certificate. One that no connection could be made with is refused, since after it nobody
 * could reach this amphora any more, not even to put it right.
 */
export function agentCertificateRoute(certificatePath: string, reload: () => void): Route {
  return {
    method: 'PUT',
    path: '/1.0/certificate',
    isChange: true,
    async handle({ body }) {
      try {
        createSecureContext({ cert: body, key: body });
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw refuse(400, 'Invalid request', `not a certificate with its key in PEM: ${reason}`);
      }
      await writeWhole(certificatePath, body, MODE);
      reload();
      return done(202);
    },
  };
}
