import { connect, type Socket } from 'node:net';
import { type Worker, workerIn } from './haproxy-workers.ts';

const TIMEOUT_MS = 10_000;
const ANSWER_CHARS_MAX = 16 * 1024 * 1024;
const PROMPT = '\n> ';
/** Two commands, and a prompt after each: the answer is whole at the one after the rows. */
const QUESTION = 'show info;show stat -1 1 -1';
const ROWS = '# pxname';

/**
 * A line to one worker of HAProxy's that is kept open: a reload does not take it to the new worker, and the old one
 * does not end while it is there, so that its last word is known.
 */
export class WorkerLine {
  readonly #socket: Socket;
  #heard = '';
  #awaited = '';
  #answered: (() => void) | null = null;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('utf8');
    socket.on('error', () => {});
    socket.on('close', () => this.#answered?.());
    socket.on('data', (text: string) => {
      this.#heard += text;
      if (this.#heard.length > ANSWER_CHARS_MAX) socket.destroy();
      if (this.#heard.includes(this.#awaited) && this.#heard.endsWith(PROMPT)) this.#answered?.();
    });
  }

  /** @returns null when nobody answers */
  static async open(statsSocket: string): Promise<WorkerLine | null> {
    const line = new WorkerLine(connect(statsSocket));
    const greeting = await line.#exchange('prompt', '');
    if (greeting !== null) return line;
    line.close();
    return null;
  }

  /** @returns who it is and what its listeners count; null when it does not answer any more */
  async ask(): Promise<Worker | null> {
    const answer = await this.#exchange(QUESTION, ROWS);
    return answer === null ? null : workerIn(answer);
  }

  close(): void {
    this.#socket.destroy();
  }

  async #exchange(command: string, awaited: string): Promise<string | null> {
    if (this.#socket.destroyed) return null;
    this.#heard = '';
    this.#awaited = awaited;
    let isLate = false;
    await new Promise<void>((resolve) => {
      const deadline = setTimeout(() => {
        isLate = true;
        resolve();
      }, TIMEOUT_MS);
      this.#answered = () => {
        clearTimeout(deadline);
        resolve();
      };
      this.#socket.write(`${command}\n`);
    });
    this.#answered = null;
    return isLate || this.#socket.destroyed ? null : this.#heard;
  }
}
