import { textOf } from '../uuid-words.ts';
import { COUNTERS_PER_LISTENER, type HeartbeatView, ID_WORDS } from '../view.ts';

/** What a view says, to be compared: of its arrays only what is filled. */
export function summaryOf(view: HeartbeatView) {
  const { sequence, epoch, version, hasDeltas, digestHigh, digestLow } = view;
  const { listenerCount, isPlain } = view;
  const listeners = Array.from({ length: isPlain ? listenerCount : 0 }, (_, index) => ({
    id: textOf(view.listenerIds, index * ID_WORDS),
    counters: Array.from(
      view.counters.subarray(index * COUNTERS_PER_LISTENER, (index + 1) * COUNTERS_PER_LISTENER),
    ),
  }));
  const digest = { digestHigh, digestLow };
  return {
    id: textOf(view.id),
    sequence,
    epoch,
    version,
    hasDeltas,
    ...digest,
    listenerCount,
    isPlain,
    listeners,
  };
}
