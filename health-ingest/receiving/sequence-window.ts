import { RECORD_DOUBLES, RECORD_WORDS } from './amphora-memory.ts';
import {
  type AmphoraRecords,
  EPOCH,
  FIRST_CONTENT,
  NEWEST,
  NEWEST_CONTENT,
  SEEN,
} from './amphora-records.ts';

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
  readonly #records: AmphoraRecords;

  /** @param records those of the amphorae: the window is a part of them */
  constructor(options: SequenceOptions, records: AmphoraRecords) {
    this.#options = options;
    this.#records = records;
  }

  /** The first heartbeat of an amphora, or of a sender that started again. */
  begin(slot: number, { sequence, epoch }: Numbered, content: number): Place {
    const { words, doubles } = this.#records;
    doubles[slot * RECORD_DOUBLES + EPOCH] = epoch;
    doubles[slot * RECORD_DOUBLES + NEWEST] = sequence;
    const at = slot * RECORD_WORDS;
    words[at + SEEN] = 1;
    words[at + NEWEST_CONTENT] = content;
    words[at + FIRST_CONTENT] = content;
    return 'newest';
  }

  /**
   * @param content a hash of all that the heartbeat says
   * @param quietMs since the amphora was last heard
   */
  place(slot: number, numbered: Numbered, content: number, quietMs: number): Place {
    const { sequence, epoch } = numbered;
    if (sequence < 0) return 'newest';
    const { words, doubles } = this.#records;
    if (epoch !== doubles[slot * RECORD_DOUBLES + EPOCH])
      return this.#otherEpoch(slot, numbered, content);
    const behind = (doubles[slot * RECORD_DOUBLES + NEWEST] as number) - sequence;
    if (behind < 0) return this.#advance(slot, sequence, -behind, content);
    const seen = words[slot * RECORD_WORDS + SEEN] as number;
    const isSeen = behind < WINDOW && ((seen >>> behind) & 1) === 1;
    if (epoch === 0) {
      if (this.#isRestart(slot, sequence, { behind, isSeen, content, quietMs }))
        return this.begin(slot, numbered, content);
      if (isSeen) return 'twin';
    } else if (isSeen || behind >= WINDOW) return 'replay';
    words[slot * RECORD_WORDS + SEEN] = seen | (1 << behind);
    return 'late';
  }

  /** A later start than the one known, or a datagram from before it. One wire may follow the other in one agent. */
  #otherEpoch(slot: number, numbered: Numbered, content: number): Place {
    const known = this.#records.doubles[slot * RECORD_DOUBLES + EPOCH] as number;
    if (numbered.epoch === 0 || known === 0 || numbered.epoch > known)
      return this.begin(slot, numbered, content);
    return 'replay';
  }

  #advance(slot: number, sequence: number, by: number, content: number): Place {
    const { words, doubles } = this.#records;
    const at = slot * RECORD_WORDS;
    words[at + SEEN] = by < WINDOW ? ((words[at + SEEN] as number) << by) | 1 : 1;
    words[at + NEWEST_CONTENT] = content;
    doubles[slot * RECORD_DOUBLES + NEWEST] = sequence;
    return 'newest';
  }

  #isRestart(
    slot: number,
    sequence: number,
    at: { behind: number; isSeen: boolean; content: number; quietMs: number },
  ): boolean {
    const { words } = this.#records;
    const record = slot * RECORD_WORDS;
    if (at.behind >= WINDOW) return true;
    if (at.behind === 0) return at.content !== words[record + NEWEST_CONTENT];
    if (at.isSeen && sequence === 0) return at.content !== words[record + FIRST_CONTENT];
    return at.quietMs >= this.#options.restartAfterMs;
  }
}
