/** A line of the story was not true. */
export class Untrue extends Error {}

/** Tells the story on the terminal: what happens, when, and whether it is as it should be. */
export class Storyteller {
  readonly #startedMs = performance.now();
  readonly #print: (line: string) => void;

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  chapter(title: string): void {
    this.#print(`\n${title}`);
  }

  tell(line: string): void {
    const seconds = (performance.now() - this.#startedMs) / 1000;
    this.#print(`  ${seconds.toFixed(3).padStart(8)}  ${line}`);
  }

  /** @throws Untrue when it is not so: the story ends there */
  claim(isTrue: boolean, line: string): void {
    this.tell(`${isTrue ? 'ok ' : 'NOT TRUE:'} ${line}`);
    if (!isTrue) throw new Untrue(line);
  }
}
