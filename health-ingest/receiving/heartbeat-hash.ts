import { COUNTERS_PER_LISTENER, type HeartbeatView } from '#core/heartbeat/view.ts';

/** What is compared of a heartbeat beside its digest, as two uint32s: overwritten by the next. */
export class HeartbeatHash {
  /** Of what must be told when it changes: open connections, and on old wires the totals. */
  gauges = 0;
  /** Of all that it says. */
  content = 0;

  take(view: HeartbeatView): void {
    let open = view.listenerCount;
    let others = view.digestLow;
    const { counters } = view;
    const end = view.isPlain ? view.listenerCount * COUNTERS_PER_LISTENER : 0;
    for (let at = 0; at < end; at += COUNTERS_PER_LISTENER) {
      open = Math.imul(open ^ (counters[at + 2] as number), 0x9e3779b1);
      open ^= open >>> 15;
      others = Math.imul(others ^ (counters[at] as number), 0x85ebca77);
      others = Math.imul(others ^ (others >>> 13) ^ (counters[at + 1] as number), 0xc2b2ae3d);
      others = Math.imul(others ^ (others >>> 16) ^ (counters[at + 3] as number), 0x27d4eb2f);
      others = (others ^ (others >>> 15)) + (counters[at + 4] as number);
    }
    this.content = (open ^ others) >>> 0;
    this.gauges = (view.hasDeltas ? open : open ^ others) >>> 0;
  }
}
