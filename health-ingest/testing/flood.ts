import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** More than a health manager can take, from a process of its own. */
export class Flood {
  readonly #child: ChildProcess;
  /** As far as it has said. */
  sent = 0;
  seconds = 0;

  constructor(port: number, key: string) {
    const main = new URL('./flood-process.ts', import.meta.url).pathname;
    const child = spawn(process.execPath, [main, String(port), key], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#child = child;
    createInterface({ input: child.stdout }).on('line', (line) => {
      this.sent = Number(line);
      this.seconds++;
    });
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }
}
