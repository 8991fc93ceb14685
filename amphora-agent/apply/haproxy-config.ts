import { rename } from 'node:fs/promises';
import { loadBalancerPaths } from '../paths.ts';
import { withAccessLog } from '../render/access-log.ts';
import { haproxyCheck, type UnitContext } from '../render/haproxy-unit.ts';
import { writeWhole } from './atomic-file.ts';
import { run } from './command.ts';

export type ConfigApplied =
  | { readonly kind: 'applied' }
  | { readonly kind: 'refused'; readonly output: string };

const MODE = 0o600;

/**
 * Puts a new HAProxy configuration in the place of the old one if HAProxy finds no fault with it. If it does, the
 * old one stays and the new one is kept aside, for people to look at.
 */
export async function applyHaproxyConfig(
  context: UnitContext,
  loadBalancerId: string,
  config: string,
): Promise<ConfigApplied> {
  const paths = loadBalancerPaths(context.paths, loadBalancerId);
  const own = withoutGroup(config);
  const { logReaders, paths: agentPaths } = context;
  const logged = withAccessLog(own, logReaders, loadBalancerId, agentPaths.accessLogSocket);
  await writeWhole(paths.candidate, logged, MODE);
  const check = await run(haproxyCheck(context, paths.candidate));
  if (check.status !== 0) {
    await rename(paths.candidate, paths.refused);
    return { kind: 'refused', output: check.output };
  }
  await rename(paths.candidate, paths.config);
  return { kind: 'applied' };
}

/**
 * Old controllers send the group of their own distribution; ours is in a file beside. The line stays, blank: HAProxy's
 * checker names lines, and the controller looks them up in what it sent.
 */
function withoutGroup(config: string): string {
  return config.replaceAll(/^[ \t]+group[ \t].*$/gm, '');
}
