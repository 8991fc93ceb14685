import { readFileSync } from 'node:fs';

const LOOK_INTERVAL_MS = 500;

/** How much memory of the machine was taken at the most since it was made. */
export class MemoryWatch {
  readonly #freeAtFirst = freeBytes();
  readonly #timer: NodeJS.Timeout;
  #freeAtLeast = this.#freeAtFirst;

  constructor() {
    this.#timer = setInterval(() => {
      this.#freeAtLeast = Math.min(this.#freeAtLeast, freeBytes());
    }, LOOK_INTERVAL_MS);
  }

  /** @returns bytes */
  stop(): number {
    clearInterval(this.#timer);
    return this.#freeAtFirst - this.#freeAtLeast;
  }
}

function freeBytes(): number {
  const found = /^MemAvailable:\s+(\d+) kB/m.exec(readFileSync('/proc/meminfo', 'utf8'));
  return Number(found?.[1]) * 1024;
}
