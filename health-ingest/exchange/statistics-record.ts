import { COUNTERS_PER_LISTENER, ID_WORDS } from '#core/heartbeat/view.ts';

/**
 * One record, as words: amphora, listener, 1 for increments or 0 for totals, and five counters (rx, tx, open connections,
 * total connections, request errors), each as its high word and its low word.
 */
export const RECORD_WORDS = 2 * ID_WORDS + 1 + 2 * COUNTERS_PER_LISTENER;
export const LISTENER_AT = ID_WORDS;
export const KIND_AT = 2 * ID_WORDS;
export const COUNTERS_AT = KIND_AT + 1;
