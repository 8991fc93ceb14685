import { reasonOf } from '../../deploy/one-box/start-problem.ts';

const NAMED_MAX = 5;

/** What the storm has shown, line by line as it comes, and in the end all of it with what should have been. */
export class Verdict {
  readonly #beganMs = performance.now();
  readonly #lines: string[] = [];
  #isFine = true;

  note(text: string): void {
    const seconds = Math.round((performance.now() - this.#beganMs) / 1000);
    process.stdout.write(`${String(seconds).padStart(4)} s  ${text}\n`);
  }

  /** A figure that nobody set a limit to. */
  tell(what: string, figure: string): void {
    this.#add(true, `${what}: ${figure}`);
  }

  async timed<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
    const startedMs = performance.now();
    const result = await work();
    this.tell(what, secondsSince(startedMs));
    return result;
  }

  within(what: string, startedMs: number, seconds: number): void {
    const isInTime = performance.now() - startedMs <= seconds * 1000;
    this.#add(isInTime, `${what}: ${secondsSince(startedMs)}, at most ${seconds} s`);
  }

  atMost(what: string, figure: number, most: number): void {
    this.#add(figure <= most, `${what}: ${figure}, at most ${most}`);
  }

  /** What there should be none of. */
  none(what: string, found: readonly string[]): void {
    const named = found.slice(0, NAMED_MAX).join(', ');
    const more = found.length > NAMED_MAX ? ', …' : '';
    const which = found.length === 0 ? '' : ` (${named}${more})`;
    this.#add(found.length === 0, `${what}: ${found.length}, must be none${which}`);
  }

  failed(what: string, error: unknown): void {
    this.#add(false, `${what}: no, ${reasonOf(error)}`);
  }

  /** @returns whether all was as it should be */
  pronounce(): boolean {
    process.stdout.write(`\n${this.#lines.join('\n')}\n\n`);
    process.stdout.write(this.#isFine ? 'The cloud stood the storm.\n' : 'NOT as it should be.\n');
    return this.#isFine;
  }

  #add(isFine: boolean, text: string): void {
    this.#isFine &&= isFine;
    this.note(isFine ? text : `NOT ${text}`);
    this.#lines.push(`${isFine ? '     ' : 'NOT  '}${text}`);
  }
}

function secondsSince(startedMs: number): string {
  return `${((performance.now() - startedMs) / 1000).toFixed(1)} s`;
}
