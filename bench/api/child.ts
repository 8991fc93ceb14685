import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { endWithUs } from '../testbed/children.ts';

export interface ChildOptions {
  readonly args?: readonly string[];
  readonly execArgv?: readonly string[];
  /** Milliseconds an answer may take. */
  readonly answerMsMax: number;
  /** What it logs goes nowhere, as with a collector that is never slow. */
  readonly isSilent?: boolean;
}

/** A process of the bench, asked and answering one message at a time. */
export class Child {
  readonly #name: string;
  readonly #process: ChildProcess;
  readonly #answerMsMax: number;

  constructor(main: URL, name: string, options: ChildOptions) {
    this.#name = name;
    this.#answerMsMax = options.answerMsMax;
    this.#process = fork(main, [...(options.args ?? [])], {
      execArgv: [...(options.execArgv ?? [])],
      stdio: ['ignore', options.isSilent ? 'ignore' : 'inherit', 'inherit', 'ipc'],
    });
    this.#process.once('exit', endWithUs(this.pid));
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  onMessage(listener: (message: unknown) => void): void {
    this.#process.on('message', listener);
  }

  async ask(question: object): Promise<unknown> {
    this.#process.send(question);
    return this.answer();
  }

  async answer(): Promise<unknown> {
    const ended = new AbortController();
    const signal = AbortSignal.any([ended.signal, AbortSignal.timeout(this.#answerMsMax)]);
    try {
      const answered = once(this.#process, 'message', { signal });
      const died = once(this.#process, 'exit', { signal }).then(() => {
        throw new Error(`the ${this.#name} died`);
      });
      const [answer] = (await Promise.race([answered, died])) as [unknown];
      if (typeof answer === 'object' && answer !== null && 'failure' in answer)
        throw new Error(`the ${this.#name}: ${String(answer.failure)}`);
      return answer;
    } finally {
      ended.abort();
    }
  }

  /** @param signal SIGTERM lets it drain; what then still runs after some seconds is killed */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGKILL'): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.kill(signal);
    const late = setTimeout(() => this.#process.kill('SIGKILL'), DRAIN_MS_MAX);
    await ended;
    clearTimeout(late);
  }
}

const DRAIN_MS_MAX = 10_000;
