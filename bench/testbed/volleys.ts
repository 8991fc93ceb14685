import type { Mark } from '../sender/messages.ts';
import type { SenderProcess } from '../sender/sender-process.ts';
import { type RateFound, searchRate } from './rate-search.ts';
import { type ReceiverUnderTest, settled } from './receiver.ts';

export interface Volley {
  readonly packets: number;
  readonly rate: number;
  readonly changedPercent: number;
  readonly marks?: readonly Mark[];
  /** Called when all is signed and nothing is sent yet, so that signing is in no figure. */
  readonly prepared?: () => Promise<void>;
}

export interface Fired {
  readonly sent: number;
  readonly accepted: number;
  /** A second, as it came about. */
  readonly rate: number;
  readonly tookMs: number;
  readonly senderMicros: number;
  readonly lateMsMax: number;
  readonly markedAtMs: readonly number[];
}

/** A sender and a receiver, and how much of all that was sent has been accepted so far. */
export class Volleys {
  readonly #sender: SenderProcess;
  readonly #receiver: ReceiverUnderTest;
  #accepted: number;

  private constructor(sender: SenderProcess, receiver: ReceiverUnderTest, accepted: number) {
    this.#sender = sender;
    this.#receiver = receiver;
    this.#accepted = accepted;
  }

  static async open(sender: SenderProcess, receiver: ReceiverUnderTest): Promise<Volleys> {
    return new Volleys(sender, receiver, await receiver.accepted());
  }

  async fire({ packets, rate, changedPercent, marks = [], prepared }: Volley): Promise<Fired> {
    await this.#sender.prepare({ packets, changedPercent, marks });
    await prepared?.();
    const sent = await this.#sender.send(rate);
    const before = this.#accepted;
    this.#accepted = await settled(this.#receiver, before + sent.packets);
    return {
      sent: sent.packets,
      accepted: this.#accepted - before,
      rate: (sent.packets / sent.tookMs) * 1000,
      tookMs: sent.tookMs,
      senderMicros: sent.cpuMs * 1000,
      lateMsMax: sent.lateMsMax,
      markedAtMs: sent.markedAtMs,
    };
  }

  /** The highest rate without a loss, held for some seconds. */
  async search(
    guess: number,
    changedPercent: number,
    progress: (text: string) => void,
  ): Promise<RateFound> {
    return searchRate({
      guess,
      attempt: async (rate, seconds) => {
        const fired = await this.fire({
          packets: Math.round(rate * seconds),
          rate,
          changedPercent,
        });
        progress(
          `${Math.round(rate)}/s for ${seconds} s: came to ${Math.round(fired.rate)}/s, lost ${fired.sent - fired.accepted}`,
        );
        return fired;
      },
    });
  }
}
