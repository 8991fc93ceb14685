import { createHash } from 'node:crypto';

/** By which name an amphora's HAProxy is known to its peer: it starts with `-L <this>`. */
export function peerName(amphoraId: string): string {
  const digest = createHash('sha1').update(amphoraId).digest('base64');
  const name = digest.replaceAll('+', '_').replaceAll('/', '-').replaceAll('=', '');
  return name.replace(/^-/, 'x');
}
