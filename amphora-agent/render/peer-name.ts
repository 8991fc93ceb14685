import { createHash } from 'node:crypto';

/** The name by which HAProxy knows this amphora in its `peers` section; the controller renders the same one. */
export function peerName(amphoraId: string): string {
  const digest = createHash('sha1').update(amphoraId).digest('base64');
  return digest.replaceAll('+', '_').replaceAll('/', '-').replace(/=+$/, '').replace(/^-/, 'x');
}
