import type { ListenerTree } from '../domain/load-balancer-tree.ts';

/** A listener that HAProxy's checker finds fault with. */
export interface BlamedListener {
  readonly listenerId: string;
  /** The policy that the line at fault belongs to; null: something else of the listener. */
  readonly l7PolicyId: string | null;
  /** What the checker says of it. */
  readonly words: string;
}

interface Line {
  readonly text: string;
  /** Whose section it stands in; null: everybody's. */
  readonly listenerId: string | null;
}

/** `[haproxy.cfg.new:27]` of a line that cannot be read, `(haproxy.cfg.new:27)` of one that does not fit another. */
const PLACE = /:(\d+)[\])]/g;

/**
 * Whom the checker means: it tells the lines of the file, or the names of frontends and backends, which are ids.
 * @param config as it was checked, line for line
 * @param words of the checker, for all that it found
 * @returns each listener once, with the first that was said of it; none when the words name nobody's line
 */
export function blamedListeners(
  config: string,
  words: string,
  listeners: readonly ListenerTree[],
): readonly BlamedListener[] {
  const lines = linesOf(config);
  const blamed = new Map<string, BlamedListener>();
  for (const alert of words.split('\n').filter((each) => each.includes('[ALERT]'))) {
    const places = [...alert.matchAll(PLACE)].map(([, number]) => lines[Number(number) - 1]);
    const listener = listeners.find(
      ({ id }) => places.some((line) => line?.listenerId === id) || alert.includes(id),
    );
    if (listener === undefined || blamed.has(listener.id)) continue;
    const text = [alert, ...places.map((line) => line?.text ?? '')].join('\n');
    const l7PolicyId = policyIn(text, listener);
    blamed.set(listener.id, { listenerId: listener.id, l7PolicyId, words: said(alert) });
  }
  return [...blamed.values()];
}

function linesOf(config: string): readonly Line[] {
  let listenerId: string | null = null;
  return config.split('\n').map((text) => {
    if (/^\S/.test(text))
      listenerId = /^(?:frontend |backend [^:]+:)(\S+)$/.exec(text)?.[1] ?? null;
    return { text, listenerId };
  });
}

/** A rule's condition has the rule's id for a name, and whatever a policy does is done on such conditions. */
function policyIn(text: string, { l7Policies }: ListenerTree): string | null {
  const policy = l7Policies.find(({ rules }) => rules.some(({ id }) => text.includes(id)));
  return policy?.id ?? null;
}

/** Without severity and process id, which mean nothing elsewhere. */
function said(alert: string): string {
  return alert.replace(/^.*\[ALERT\]\s*(\(\d+\) : )?/, '').trim();
}
