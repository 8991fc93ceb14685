import { transportOf } from '#core/domain/listener.ts';
import type { ListenerTree, LoadBalancerTree } from '#core/domain/load-balancer-tree.ts';
import type { HaproxyContext } from '#core/haproxy/context.ts';
import { blamedListeners } from '#core/haproxy/refusal.ts';
import { renderWritable } from '#core/haproxy/render.ts';
import { servedListeners, withoutListeners } from '#core/haproxy/served-tree.ts';
import type { RefusedListener } from '#core/ports/amphora.ts';
import { wordsOf } from './agent-answer.ts';
import { AgentRefusal } from './agent-request.ts';
import type { AgentSession } from './agent-session.ts';
import { sift, type Verdict } from './listener-sieve.ts';

export interface Uploaded {
  /** What HAProxy has not been given, since it cannot be written or its checker refuses it. */
  readonly refused: readonly RefusedListener[];
  /** Whether there is a configuration to reload; if not, the amphora goes on with what it has. */
  readonly isUploaded: boolean;
}

const BAD_REQUEST = 400;
/** Of the checker's words: it has some for every line with a fault. */
const WORDS_MAX = 256 * 1024;

/**
 * Gives the amphora's HAProxy the configuration of all listeners that its checker accepts, to be read at the next reload.
 * An amphora of Octavia's checks as ours does: the whole file, and the one before stays when it is refused.
 * @throws DriverFailure when it is refused for what is no listener's
 */
export async function uploadHaproxy(
  session: AgentSession,
  path: string,
  tree: LoadBalancerTree,
  context: HaproxyContext,
): Promise<Uploaded> {
  const { unwritable } = renderWritable(tree, context);
  if (isNothingLeft(tree, unwritable.length)) return { refused: unwritable, isUploaded: false };
  const served = tree.isEnabled ? servedListeners(tree) : [];
  const writable = served.filter(isNoneOf(unwritable));
  const offer = (some: readonly ListenerTree[]): Promise<Verdict> => {
    const left = new Set(served.filter((each) => !some.includes(each)).map(({ id }) => id));
    return offerConfig(
      session,
      path,
      renderWritable(withoutListeners(tree, left), context).config,
      some,
    );
  };
  const sifted = await sift(writable, offer);
  const refused = [...unwritable, ...sifted.refused];
  if (isNothingLeft(tree, refused.length)) return { refused, isUploaded: false };
  if (sifted.taken.length === 0 && writable.length > 0) {
    const verdict = await offer([]);
    if (verdict.kind === 'refused') throw verdict.failure;
  }
  return { refused, isUploaded: true };
}

/**
 * All may be refused at once, as when all secrets are away: then the amphora goes on with what it has, instead of serving
 * nobody. Not so when a listener is going or was switched off, which then is to be served no more.
 */
function isNothingLeft({ listeners }: LoadBalancerTree, refusedCount: number): boolean {
  const count = listeners.filter(({ protocol }) => transportOf(protocol) === 'TCP').length;
  return refusedCount > 0 && refusedCount === count;
}

function isNoneOf(refused: readonly { readonly listenerId: string }[]) {
  const ids = new Set(refused.map(({ listenerId }) => listenerId));
  return ({ id }: ListenerTree): boolean => !ids.has(id);
}

/** @throws DriverFailure when it is not HAProxy's checker that refuses: the fault is not in the configuration */
async function offerConfig(
  session: AgentSession,
  path: string,
  config: string,
  listeners: readonly ListenerTree[],
): Promise<Verdict> {
  try {
    await session.ask({ method: 'PUT', path, body: config });
    return { kind: 'taken' };
  } catch (failure) {
    if (!(failure instanceof AgentRefusal) || failure.answer.status !== BAD_REQUEST) throw failure;
    const words = wordsOf(failure.answer, WORDS_MAX);
    if (!words.includes('[ALERT]')) throw failure;
    const blamed = blamedListeners(config, words, listeners).map((each) => ({
      listenerId: each.listenerId,
      l7PolicyId: each.l7PolicyId,
      reason: `HAProxy refuses listener ${each.listenerId}: ${each.words}`,
    }));
    return { kind: 'refused', blamed, failure };
  }
}
