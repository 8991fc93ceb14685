/** Counts by name. */
export class Tally<Name extends string> {
  readonly #counts = new Map<Name, number>();

  get counts(): readonly (readonly [Name, number])[] {
    return [...this.#counts];
  }

  add(name: Name, count: number): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + count);
  }

  readonly one = (name: Name): void => this.add(name, 1);
}
