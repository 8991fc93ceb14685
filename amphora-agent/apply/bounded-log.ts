import { appendFile, rename, stat } from 'node:fs/promises';

const MODE = 0o640;
const FLUSH_AFTER_MS = 100;
const WAITING_BYTES_MAX = 1024 * 1024;

/**
 * A log file that never takes more than twice its bound: once it is full it becomes `<path>.1`, and the one before is
 * gone. Lines that come faster than the disk takes them are dropped and counted.
 */
export class BoundedLog {
  readonly #path: string;
  readonly #bytesMax: number;
  #waiting = '';
  #dropped = 0;
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> = Promise.resolve();

  constructor(path: string, bytesMax: number) {
    this.#path = path;
    this.#bytesMax = bytesMax;
  }

  add(line: string): void {
    if (this.#waiting.length + line.length > WAITING_BYTES_MAX) this.#dropped++;
    else this.#waiting += `${line}\n`;
    this.#timer ??= setTimeout(() => void this.flush(), FLUSH_AFTER_MS);
  }

  /** Never rejects: lines that cannot be written are counted. @returns how many were dropped since the last time */
  async flush(): Promise<number> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const lines = this.#waiting;
    this.#waiting = '';
    this.#writing = this.#writing
      .then(() => this.#write(lines))
      .catch(() => {
        this.#dropped += lines.split('\n').length - 1;
      });
    await this.#writing;
    const dropped = this.#dropped;
    this.#dropped = 0;
    return dropped;
  }

  async #write(lines: string): Promise<void> {
    if (lines === '') return;
    const size = await stat(this.#path).then(
      (found) => found.size,
      () => 0,
    );
    if (size > 0 && size + Buffer.byteLength(lines) > this.#bytesMax)
      await rename(this.#path, `${this.#path}.1`);
    await appendFile(this.#path, lines, { mode: MODE });
  }
}
