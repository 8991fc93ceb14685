import type { Counter, Heartbeat } from '#core/heartbeat/message.ts';
import type { StatisticsReport } from './batch.ts';

export interface MemoryOptions {
  /** Milliseconds after which a status report is sent although nothing in it changed: what it is held against may have. */
  readonly refreshIntervalMs: number;
  /** Milliseconds of silence after which an amphora is forgotten. */
  readonly forgetAfterMs: number;
  readonly amphoraeMax: number;
}

interface Memory {
  digest: number;
  reportedAtMs: number;
  seenAtMs: number;
  sequence: number | null;
  /** Of each listener what must be sent when it changes: open connections, and on old wires the totals. */
  gauges: ReadonlyMap<string, string>;
}

export interface News {
  readonly isStatusDue: boolean;
  readonly statistics: readonly StatisticsReport[];
}

const NOTHING_NEW: News = { isStatusDue: false, statistics: [] };

/**
 * What a thread remembers of each amphora, so that only news leaves it. An amphora's datagrams come from one socket,
 * the kernel hands those of one socket to one thread, so no other thread has to know.
 */
export class AmphoraMemory {
  readonly #options: MemoryOptions;
  readonly #known = new Map<string, Memory>();

  constructor(options: MemoryOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#known.size;
  }

  /** @returns what of this heartbeat is worth telling */
  newsIn(heartbeat: Heartbeat, nowMs: number): News {
    const memory = this.#known.get(heartbeat.amphoraId);
    if (memory === undefined) return this.#firstSight(heartbeat, nowMs);
    const isTwin = heartbeat.sequence !== null && heartbeat.sequence === memory.sequence;
    memory.seenAtMs = nowMs;
    // The same datagram once more, as UDP may deliver it: its increments are counted already.
    if (isTwin && heartbeat.sequence !== 0) return NOTHING_NEW;

    const digest = digestOf(heartbeat);
    const isStatusDue =
      digest !== memory.digest || nowMs - memory.reportedAtMs >= this.#options.refreshIntervalMs;
    const gauges = gaugesOf(heartbeat);
    const statistics = statisticsOf(heartbeat, (id) => memory.gauges.get(id) !== gauges.get(id));
    memory.sequence = heartbeat.sequence;
    memory.gauges = gauges;
    if (isStatusDue) {
      memory.digest = digest;
      memory.reportedAtMs = nowMs;
    }
    return { isStatusDue, statistics };
  }

  /** Forgets those silent for long; call it now and then. */
  sweep(nowMs: number): void {
    for (const [id, memory] of this.#known)
      if (nowMs - memory.seenAtMs > this.#options.forgetAfterMs) this.#known.delete(id);
  }

  /** Everything is news: a gauge in the database may be from before this process. */
  #firstSight(heartbeat: Heartbeat, nowMs: number): News {
    // Full: the new one is told in full each time and not remembered. Costs writes, loses nothing.
    if (this.#known.size < this.#options.amphoraeMax)
      this.#known.set(heartbeat.amphoraId, {
        digest: digestOf(heartbeat),
        reportedAtMs: nowMs,
        seenAtMs: nowMs,
        sequence: heartbeat.sequence,
        gauges: gaugesOf(heartbeat),
      });
    return { isStatusDue: true, statistics: statisticsOf(heartbeat, () => true) };
  }
}

function statisticsOf(
  heartbeat: Heartbeat,
  hasChanged: (listenerId: string) => boolean,
): readonly StatisticsReport[] {
  const reports: StatisticsReport[] = [];
  for (const [listenerId, listener] of heartbeat.listeners) {
    const hasCounted =
      heartbeat.hasDeltas &&
      [listener.rxBytes, listener.txBytes, listener.totalConnections, listener.requestErrors].some(
        (counter) => counter !== 0,
      );
    if (!hasCounted && !hasChanged(listenerId)) continue;
    const { status: _, ...counters } = listener;
    reports.push({
      amphoraId: heartbeat.amphoraId,
      listenerId,
      isDelta: heartbeat.hasDeltas,
      ...counters,
    });
  }
  return reports;
}

function gaugesOf(heartbeat: Heartbeat): ReadonlyMap<string, string> {
  return new Map(
    Array.from(heartbeat.listeners, ([id, listener]) => {
      const { activeConnections: open } = listener;
      const totals: readonly Counter[] = [
        listener.rxBytes,
        listener.txBytes,
        listener.totalConnections,
        listener.requestErrors,
      ];
      return [id, heartbeat.hasDeltas ? String(open) : `${open},${totals.join(',')}`] as const;
    }),
  );
}

/** 53 bits over all words of the status part. Two that collide cost one refresh interval. */
function digestOf(heartbeat: Heartbeat): number {
  const state = { high: 0xdeadbeef, low: 0x41c6ce57 };
  mix(state, String(heartbeat.version));
  for (const [id, listener] of heartbeat.listeners) {
    mix(state, id);
    mix(state, listener.status);
  }
  for (const pool of heartbeat.pools) {
    mix(state, pool.poolId);
    mix(state, pool.listenerId ?? '');
    mix(state, pool.status);
    for (const [id, status] of pool.members) {
      mix(state, id);
      mix(state, status);
    }
  }
  return 4_294_967_296 * (state.high & 0x1fffff) + (state.low >>> 0);
}

function mix(state: { high: number; low: number }, text: string): void {
  let { high, low } = state;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    high = Math.imul(high ^ code, 2_654_435_761);
    low = Math.imul(low ^ code, 1_597_334_677);
  }
  // Ends the word: "ab", "c" differs from "a", "bc".
  state.high = Math.imul(high ^ (low >>> 16) ^ text.length, 2_246_822_507);
  state.low = Math.imul(low ^ (high >>> 13), 3_266_489_909);
}
