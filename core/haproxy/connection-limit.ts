import type { Listener } from '../domain/listener.ts';
import type { HaproxyOptions } from './context.ts';

const GLOBAL_MAX = 1_000_000;

/** What one listener may hold open. Zero cannot be meant: it is the deployment's default, like -1 and null. */
export function connectionLimit(listener: Listener, options: HaproxyOptions): number {
  const own = listener.connectionLimit ?? 0;
  return own > 0 ? own : options.defaultConnectionLimit;
}

/** What the process may hold open: the sum of its listeners' limits, a million at most. */
export function globalConnectionLimit(
  listeners: readonly Listener[],
  options: HaproxyOptions,
): number {
  const sum = listeners.reduce((total, listener) => total + connectionLimit(listener, options), 0);
  return sum === 0 ? GLOBAL_MAX : Math.min(sum, GLOBAL_MAX);
}
