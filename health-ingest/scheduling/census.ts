import { STOPPED, UNDER_WAY } from './board-flags.ts';

/** From when on an amphora is late, and from when on its silence is confirmed. Monotonic times of the last sighting. */
export interface CensusBounds {
  /** Seen no later than this: it may be the first sign of many. */
  readonly lateMs: number;
  /** Seen no later than this: stale. */
  readonly staleMs: number;
}

/** How many are expected and how many of them are not heard. */
export interface ZoneCount {
  expected: number;
  late: number;
  stale: number;
}

export interface Census {
  readonly zones: ReadonlyMap<string, ZoneCount>;
  /** Slots of stale amphorae, silent for longest first; at most `SLOTS_MAX` of them. */
  readonly stale: readonly number[];
  /** Slots of amphorae that the circuit breaker stopped and that report again. */
  readonly resumed: readonly number[];
}

const SLOTS_MAX = 10_000;

/** Takes the census, one expected amphora after the other. */
export class CensusTaker {
  readonly #bounds: CensusBounds;
  readonly #zones: readonly string[];
  readonly #counts: readonly ZoneCount[];
  readonly #stale: number[] = [];
  /** Their silence is no news. A zone that is cut off for long must not fill the list, or nobody dead elsewhere is on it. */
  readonly #staleButKnown: number[] = [];
  readonly #resumed: number[] = [];

  /** @param zones by index */
  constructor(bounds: CensusBounds, zones: readonly string[]) {
    this.#bounds = bounds;
    this.#zones = zones;
    this.#counts = zones.map(() => ({ expected: 0, late: 0, stale: 0 }));
  }

  take(slot: number, seenAtMs: number, zone: number, flags: number): void {
    const { lateMs, staleMs } = this.#bounds;
    const isStopped = (flags & STOPPED) !== 0;
    const isUnderWay = (flags & UNDER_WAY) !== 0;
    const isStale = seenAtMs <= staleMs;
    const count = this.#counts[zone];
    if (count) {
      count.expected++;
      if (!isUnderWay && seenAtMs <= lateMs) count.late++;
      if (!isUnderWay && isStale) count.stale++;
    }
    if (isStale) note(slot, isStopped || isUnderWay ? this.#staleButKnown : this.#stale);
    else if (isStopped) note(slot, this.#resumed);
  }

  /** @param seenAtMs of a slot */
  end(seenAtMs: (slot: number) => number): Census {
    const stale = [...this.#stale, ...this.#staleButKnown].slice(0, SLOTS_MAX);
    return {
      zones: new Map(this.#counts.map((count, index) => [this.#zones[index] ?? '', count])),
      stale: stale.sort((a, b) => seenAtMs(a) - seenAtMs(b)),
      resumed: this.#resumed,
    };
  }
}

function note(slot: number, slots: number[]): void {
  if (slots.length < SLOTS_MAX) slots.push(slot);
}
