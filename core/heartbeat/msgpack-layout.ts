import { KEY_ID_BYTES } from './key.ts';

/**
 * Our own wire, made for cost:
 *
 *     1 byte   0x4f; a zlib stream begins with a byte whose low half is 8, so the two wires cannot be mistaken
 *     1 byte   version of this layout, 2
 *     4 bytes  id of the key
 *     n bytes  msgpack [amphora id, epoch, sequence, message version, has deltas, digest, listener ids, counters, statuses]
 *     32 bytes HMAC-SHA256 of all before
 *
 * `statuses` is msgpack inside msgpack, [words of the listeners, pools], which a receiver leaves alone when it knows
 * `digest`, 8 bytes over all that a status depends on. `listener ids` are 16 bytes each, or texts when one of them is no
 * UUID, and `counters` five numbers for each. A UUID takes 16 bytes, a word of HAProxy's one. The same message is always
 * the same bytes.
 */
export const NATIVE_MAGIC = 0x4f;
export const LAYOUT_VERSION = 2;
export const HEAD_BYTES = 2 + KEY_ID_BYTES;
