import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { LoadBalancerPaths } from '../paths.ts';
import { readIfPresent } from './atomic-file.ts';

/** As controllers name them: after the content's SHA-1. Files of other names are not ours to judge. */
const CERTIFICATE = /^[0-9a-f]{40}\.pem$/;
/** The list of a listener's certificates is named after the listener. */
const LIST = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.pem$/;

/**
 * Removes the certificates, keys and lists that the configuration in its place does not name. Controllers do not do it: they
 * know what serves now and not what served before, and a key that was replaced shall not stay readable for years.
 * @returns the names of what is gone
 */
export async function removeUnusedCertificates({
  certificates,
  config,
}: LoadBalancerPaths): Promise<readonly string[]> {
  const names = (await readdir(certificates).catch(() => [])).filter(
    (name) => CERTIFICATE.test(name) || LIST.test(name),
  );
  const configured = await readIfPresent(config);
  if (names.length === 0 || configured === null) return [];
  const lists = names.filter((name) => LIST.test(name) && configured.includes(name));
  const texts = await Promise.all(lists.map((name) => readIfPresent(join(certificates, name))));
  const used = [configured, ...texts.filter((text) => text !== null)];
  const unused = names.filter((name) => !used.some((text) => text.includes(name)));
  for (const name of unused) await rm(join(certificates, name), { force: true });
  return unused;
}
