import type { Sightings } from '../exchange/sighting-codec.ts';
import { COUNTERS_AT, RECORD_WORDS } from '../exchange/statistics-record.ts';
import type { Sighted, SightingRead, SightingSource } from '../scheduling/sighting-source.ts';
import type { Host } from './host.ts';
import type { Random } from './random.ts';
import type { Timeline } from './timeline.ts';

/** What one batch of a thread puts into the streams. */
export interface Appended {
  readonly id: string;
  readonly sightings: readonly Sightings[];
  /** Amphora → when the thread took its newest heartbeat of those from the socket. */
  readonly receivedAtMs: ReadonlyMap<number, number>;
  /** Of a `StatisticsBuffer`. */
  readonly records: Uint32Array;
}

interface Entry {
  readonly id: number;
  /** Redis' clock, as it is part of the entry's id. */
  readonly stampMs: number;
  readonly sightings: Sightings;
}

const LATENCY_MS = 1;
const COMMAND_TIMEOUT_MS = 750;
/** A server that does nothing reads nothing, but what was sent lies in its sockets. */
const POLL_MS = 20;

/** One stream on a server that can be slow, away, emptied, set to another time, and replaced by a copy that lacks its end. */
export class SimulatedRedis {
  readonly #timeline: Timeline;
  readonly #random: Random;
  #entries: Entry[] = [];
  #nextId = 1;
  #clockStepMs = 0;
  #stalledUntilMs = 0;
  #topStampMs = 0;
  readonly #cutOff = new Set<Host>();
  /** Batch id → the bytes counted in it, as long as nobody has added them to the totals. */
  readonly #statistics = new Map<string, number>();
  readonly #applied = new Set<string>();
  /** Bytes received that are in the totals. */
  appliedBytes = 0;
  /** Bytes that were lost with what lay here. */
  lostBytes = 0;

  constructor(timeline: Timeline, random: Random) {
    this.#timeline = timeline;
    this.#random = random;
  }

  stall(durationMs: number): void {
    this.#stalledUntilMs = this.#timeline.nowMs + durationMs;
  }

  /** A network split between a host and Redis: commands are neither taken nor answered. */
  cutOff(host: Host, durationMs: number): void {
    this.#cutOff.add(host);
    this.#timeline.after(durationMs, () => this.#cutOff.delete(host));
  }

  flush(): void {
    for (const bytes of this.#statistics.values()) this.lostBytes += bytes;
    this.#statistics.clear();
    this.#entries = [];
    this.#topStampMs = 0;
  }

  stepClock(byMs: number): void {
    this.#clockStepMs += byMs;
  }

  /** A replica takes over that did not get the last entries, and whose clock is another one. */
  loseTail(entries: number, clockStepMs: number): void {
    this.#entries.splice(Math.max(0, this.#entries.length - entries));
    this.#clockStepMs += clockStepMs;
    this.#topStampMs = this.#entries.at(-1)?.stampMs ?? 0;
  }

  /** Puts a batch into the streams. Rejects when no answer comes; it may be there all the same. */
  append(host: Host, batch: Appended, appended: (batch: Appended) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#command(
        host,
        () => {
          this.#put(batch);
          appended(batch);
        },
        (isDone) => (isDone ? resolve() : reject(new Error('Command timed out'))),
      );
    });
  }

  /** What the statistics writers of all managers do: each batch is added once, however often it lies here. */
  applyStatistics(): void {
    if (this.#timeline.nowMs < this.#stalledUntilMs) return;
    for (const [id, bytes] of this.#statistics) {
      this.#applied.add(id);
      this.appliedBytes += bytes;
    }
    this.#statistics.clear();
  }

  sourceFor(host: Host): SightingSource {
    let lastId: number | null = null;
    return {
      read: () =>
        new Promise<SightingRead>((resolve, reject) => {
          let read: SightingRead | undefined;
          this.#command(
            host,
            () => {
              const from: number = lastId ?? this.#entries.at(-1)?.id ?? 0;
              read = this.#readFrom(from);
              lastId = this.#entries.at(-1)?.id ?? 0;
            },
            (isDone) => {
              if (isDone && read) resolve(read);
              else reject(new Error('Command timed out'));
            },
          );
        }),
      forgetMismatched: async () => {},
    };
  }

  #put({ id, sightings, records }: Appended): void {
    this.#topStampMs = Math.max(this.#topStampMs, this.#clockMs());
    for (const one of sightings)
      this.#entries.push({ id: this.#nextId++, stampMs: this.#topStampMs, sightings: one });
    if (records.length > 0 && !this.#applied.has(id)) this.#statistics.set(id, rxBytesIn(records));
  }

  #readFrom(from: number): SightingRead {
    const mismatched: readonly string[] = [];
    const at = from === 0 ? 0 : this.#entries.findIndex(({ id }) => id === from) + 1;
    if (from > 0 && at === 0) return { batches: [], isLost: true, isBehind: false, mismatched };
    const batches = this.#entries.slice(at).map(({ stampMs, sightings }): Sighted => {
      return { ...sightings, agoMs: Math.max(0, this.#clockMs() - stampMs) };
    });
    return { batches, isLost: false, isBehind: false, mismatched };
  }

  #clockMs(): number {
    return 1_000_000 + this.#timeline.nowMs + this.#clockStepMs;
  }

  /** Runs on the server once it can, and is answered, or given up by the client; it may run after that. */
  #command(host: Host, run: () => void, done: (isDone: boolean) => void): void {
    let isAnswered = false;
    const answer = (isDone: boolean): void => {
      if (isAnswered) return;
      isAnswered = true;
      done(isDone);
    };
    const arrive = (): void => {
      if (this.#cutOff.has(host)) return;
      if (this.#timeline.nowMs < this.#stalledUntilMs) {
        this.#timeline.after(POLL_MS, arrive);
        return;
      }
      run();
      host.answer(this.#latencyMs(), () => answer(true));
    };
    this.#timeline.after(this.#latencyMs(), arrive);
    host.after(COMMAND_TIMEOUT_MS, () => {
      if (!isAnswered) host.answer(0, () => answer(false));
    });
  }

  #latencyMs(): number {
    return LATENCY_MS * (0.5 + this.#random.next());
  }
}

/** What amphorae received, in records of a `StatisticsBuffer`. */
export function rxBytesIn(records: Uint32Array): number {
  let bytes = 0;
  for (let at = COUNTERS_AT; at < records.length; at += RECORD_WORDS)
    bytes += (records[at] as number) * 2 ** 32 + (records[at + 1] as number);
  return bytes;
}
