import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { endWithUs } from '../testbed/children.ts';
import type { FromSender, SenderOptions, Sent, Step, ToSender } from './messages.ts';

/** The sender seen from the bench. */
export class SenderProcess {
  readonly #child: ChildProcess;
  /** Of its sockets. */
  sourcePorts: readonly number[] = [];

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.once('exit', endWithUs(this.pid));
  }

  static async open(options: SenderOptions): Promise<SenderProcess> {
    const main = new URL('./child.ts', import.meta.url);
    const sender = new SenderProcess(fork(main, { execArgv: ['--max-old-space-size=4096'] }));
    const opened = await sender.#ask({ kind: 'open', options });
    if (opened.kind === 'opened') sender.sourcePorts = opened.sourcePorts;
    return sender;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Signs the heartbeats of a step, then sends them at that many a second. */
  async run(step: Step, rate: number): Promise<Sent> {
    await this.prepare(step);
    return this.send(rate);
  }

  async prepare(step: Step): Promise<void> {
    await this.#ask({ kind: 'prepare', step });
  }

  async send(rate: number): Promise<Sent> {
    const answer = await this.#ask({ kind: 'send', rate });
    if (answer.kind !== 'sent') throw new Error(`the sender answered ${answer.kind}`);
    return answer;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }

  async #ask(message: ToSender): Promise<FromSender> {
    const ended = new AbortController();
    try {
      const answered = once(this.#child, 'message', { signal: ended.signal });
      this.#child.send(message);
      const died = once(this.#child, 'exit', { signal: ended.signal }).then(() => {
        throw new Error(`the sender died (${message.kind})`);
      });
      const [answer] = (await Promise.race([answered, died])) as [FromSender];
      if (answer.kind === 'failed') throw new Error(`sender: ${answer.reason}`);
      return answer;
    } finally {
      ended.abort();
    }
  }
}
