import { type Amphora, isInPlace } from '#core/domain/amphora.ts';
import { DriverFailure } from '#core/domain/errors.ts';
import type { LoadBalancerTree } from '#core/domain/load-balancer-tree.ts';
import { fieldOf } from './agent-answer.ts';
import { type AgentSession, withAgent } from './agent-session.ts';
import type { AmphoraRestOptions } from './options.ts';

/** What an agent of ours says of itself in its `info`; Octavia's says nothing of the kind. */
const FEATURE = 'sub-second-vrrp';
/** The other may be dead, and this call is then part of its replacement: it must not wait for it. */
const PEER_PATIENCE = { attemptsMax: 1, intervalMs: 1000 };
const PEER_READ_TIMEOUT_MS = 1000;

/**
 * Whether all of the pair are amphorae of ours, which watch each other by the split second. One that does not answer
 * counts as like this one: amphorae of one load balancer nearly always come from one image, and whatever is decided
 * without it must be the same when it is heard again.
 */
export async function isFastPair(
  session: AgentSession,
  amphora: Amphora,
  tree: LoadBalancerTree,
  options: AmphoraRestOptions,
): Promise<boolean> {
  if (options.vrrp.fastAdvertIntervalMs === 0 || !(await isOurs(session))) return false;
  const peers = tree.amphorae.filter((one) => isInPlace(one) && one.id !== amphora.id);
  const answers = await Promise.all(peers.map((peer) => isPeerOurs(peer, options)));
  return !answers.includes(false);
}

async function isPeerOurs(peer: Amphora, options: AmphoraRestOptions): Promise<boolean> {
  const hasty = { ...options, readTimeoutMs: PEER_READ_TIMEOUT_MS };
  try {
    return await withAgent(peer, hasty, PEER_PATIENCE, isOurs);
  } catch (error) {
    if (!(error instanceof DriverFailure)) throw error;
    options.logger.info({ error, amphora_id: peer.id }, 'peer not heard, taken for one of ours');
    return true;
  }
}

async function isOurs(session: AgentSession): Promise<boolean> {
  const { json } = await session.ask({ method: 'GET', path: 'info', accepts: [500] });
  const features = fieldOf(json, 'features');
  return Array.isArray(features) && features.includes(FEATURE);
}
