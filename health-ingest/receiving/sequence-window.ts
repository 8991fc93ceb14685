import { grown } from '../exchange/id-table.ts';

/**
 * Where a heartbeat stands among the others of its amphora. `newest`: nothing newer is known, a restarted sender's first
 * too. `late`: overtaken by a newer one, and not seen before. `twin`: seen before, which on Octavia's wire may still be a
 * sign of life. `replay`: seen before or from a sender that has started again since; says nothing.
 */
export type Place = 'newest' | 'late' | 'twin' | 'replay';

export interface Numbered {
  readonly sequence: number;
  readonly epoch: number;
}

const WINDOW = 32;

export interface SequenceOptions {
  /**
   * Milliseconds of silence after which a lower number on Octavia's wire is a sender that started again: no datagram is
   * under way for as long, while an agent needs about a heartbeat interval from its last word to its next.
   */
  readonly restartAfterMs: number;
}

/**
 * The last 32 sequence numbers of each amphora, so that a datagram that the network doubled counts once, and one that it
 * delayed still counts. The native wire tells a restart by its epoch. Octavia's has none: there a number below the window,
 * the same number with another content, or a lower one after a silence is a restart.
 */
export class SequenceWindows {
  readonly #options: SequenceOptions;
  #epochs = new Float64Array(0);
  /** -1: no number was ever seen. */
  #newest = new Float64Array(0);
  /** Bit n: the number n below the newest was seen. */
  #seen = new Uint32Array(0);
  #newestContent = new Uint32Array(0);
  #firstContent = new Uint32Array(0);

  constructor(options: SequenceOptions) {
    this.#options = options;
  }

  growTo(capacity: number): void {
    this.#epochs = grown(this.#epochs, capacity);
    this.#newest = grown(this.#newest, capacity);
    this.#seen = grown(this.#seen, capacity);
    this.#newestContent = grown(this.#newestContent, capacity);
    this.#firstContent = grown(this.#firstContent, capacity);
  }

  /** The first heartbeat of an amphora, or of a sender that started again. */
  begin(slot: number, { sequence, epoch }: Numbered, content: number): Place {
    this.#epochs[slot] = epoch;
    this.#newest[slot] = sequence;
    this.#seen[slot] = 1;
    this.#newestContent[slot] = content;
    this.#firstContent[slot] = content;
    return 'newest';
  }

  /**
   * @param content a hash of all that the heartbeat says
   * @param quietMs since the amphora was last heard
   */
  place(slot: number, numbered: Numbered, content: number, quietMs: number): Place {
    const { sequence, epoch } = numbered;
    if (sequence < 0) return 'newest';
    const known = this.#epochs[slot] as number;
    if (epoch !== known) return this.#otherEpoch(slot, numbered, content);
    const behind = (this.#newest[slot] as number) - sequence;
    if (behind < 0) return this.#advance(slot, sequence, -behind, content);
    const isSeen = behind < WINDOW && (((this.#seen[slot] as number) >>> behind) & 1) === 1;
    if (epoch === 0) {
      if (this.#isRestart(slot, sequence, { behind, isSeen, content, quietMs }))
        return this.begin(slot, numbered, content);
      if (isSeen) return 'twin';
    } else if (isSeen || behind >= WINDOW) return 'replay';
    this.#seen[slot] = (this.#seen[slot] as number) | (1 << behind);
    return 'late';
  }

  /** A later start than the one known, or a datagram from before it. One wire may follow the other in one agent. */
  #otherEpoch(slot: number, numbered: Numbered, content: number): Place {
    const known = this.#epochs[slot] as number;
    if (numbered.epoch === 0 || known === 0 || numbered.epoch > known)
      return this.begin(slot, numbered, content);
    return 'replay';
  }

  #advance(slot: number, sequence: number, by: number, content: number): Place {
    this.#seen[slot] = by < WINDOW ? ((this.#seen[slot] as number) << by) | 1 : 1;
    this.#newest[slot] = sequence;
    this.#newestContent[slot] = content;
    return 'newest';
  }

  #isRestart(
    slot: number,
    sequence: number,
    at: { behind: number; isSeen: boolean; content: number; quietMs: number },
  ): boolean {
    if (at.behind >= WINDOW) return true;
    if (at.behind === 0) return at.content !== this.#newestContent[slot];
    if (at.isSeen && sequence === 0) return at.content !== this.#firstContent[slot];
    return at.quietMs >= this.#options.restartAfterMs;
  }
}
