import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

const SIZE_MAX_BYTES = 16 * 1024 * 1024;
const LINES_A_SECOND_MAX = 5;
const LINE_LENGTH_MAX = 200;

/** The output of one process: all of it in a file of bounded size, what matters as short lines on the terminal. */
export class LogFile {
  readonly file: string;
  readonly #name: string;
  readonly #isVerbose: boolean;
  readonly #print: (line: string) => void;
  #sizeBytes = 0;
  #lastWords = '';
  #second = 0;
  #printed = 0;

  /** @param print shows a short line to people */
  constructor(name: string, file: string, isVerbose: boolean, print: (line: string) => void) {
    this.#name = name;
    this.file = file;
    this.#isVerbose = isVerbose;
    this.#print = print;
    mkdirSync(dirname(file), { recursive: true });
    this.#sizeBytes = sizeOf(file);
  }

  /** The last line that says more than a stack or a brace: mostly why it ended. */
  get lastWords(): string {
    return this.#lastWords;
  }

  readonly write = (line: string): void => {
    this.#keep(line);
    if (/^\S.*\w/.test(line) && !line.startsWith('Node.js v')) this.#lastWords = line;
    const short = shorten(line, this.#isVerbose);
    if (short !== null && this.#mayPrint()) this.#print(`${this.#name.padEnd(13)} ${short}`);
  };

  /** One older file is kept beside it, so that both together hold at most twice the bound. */
  #keep(line: string): void {
    try {
      if (this.#sizeBytes > SIZE_MAX_BYTES) {
        renameSync(this.file, `${this.file}.1`);
        this.#sizeBytes = 0;
      }
      appendFileSync(this.file, `${line}\n`, { mode: 0o600 });
      this.#sizeBytes += Buffer.byteLength(line) + 1;
    } catch (error) {
      // A full disk must not end the cloud; the terminal still gets the warnings.
      if (this.#mayPrint())
        this.#print(`${this.#name.padEnd(13)} cannot write its log: ${String(error)}`);
    }
  }

  /** A daemon that complains in a loop must not scroll everything else away: the file has the rest. */
  #mayPrint(): boolean {
    const second = Math.floor(performance.now() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#printed = 0;
    }
    this.#printed += 1;
    return this.#printed <= LINES_A_SECOND_MAX;
  }
}

// What PostgreSQL answers while we wait for it to come up.
const EXPECTED = /the database system is (starting up|shutting down)/;

/** Our daemons write JSON: warnings and worse are shown; text of others is shown when it speaks of a failure. */
function shorten(line: string, isVerbose: boolean): string | null {
  const entry = parseEntry(line);
  if (entry === null) {
    const isBad = !EXPECTED.test(line) && /\b(FATAL|PANIC|Error)\b/.test(line);
    return isVerbose || isBad ? line.slice(0, LINE_LENGTH_MAX) : null;
  }
  const isBad = entry.level === 'warn' || entry.level === 'error' || entry.level === 'fatal';
  if (!isBad && !isVerbose) return null;
  const about = entry.error?.message ? ` (${entry.error.message.split('\n')[0]})` : '';
  return `${entry.level} ${entry.message}${about}`.slice(0, LINE_LENGTH_MAX);
}

interface Entry {
  readonly level: string;
  readonly message: string;
  readonly error?: { readonly message?: string };
}

function parseEntry(line: string): Entry | null {
  if (!line.startsWith('{')) return null;
  try {
    const entry = JSON.parse(line) as Entry;
    return typeof entry.level === 'string' && typeof entry.message === 'string' ? entry : null;
  } catch {
    return null;
  }
}

function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch {
    return 0;
  }
}
