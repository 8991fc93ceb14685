/** Values that may be used until a time of their own; the one not used for longest makes room. */
export class TokenCache<Value> {
  readonly #entries = new Map<string, { readonly value: Value; readonly untilMs: number }>();
  readonly #entriesMax: number;

  constructor(entriesMax: number) {
    this.#entriesMax = entriesMax;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(token: string, nowMs: number): Value | undefined {
    const entry = this.#entries.get(token);
    if (entry === undefined) return undefined;
    // A Map keeps the order of insertion: taken out and put back, it is the newest.
    this.#entries.delete(token);
    if (entry.untilMs <= nowMs) return undefined;
    this.#entries.set(token, entry);
    return entry.value;
  }

  set(token: string, value: Value, untilMs: number): void {
    this.#entries.delete(token);
    this.#entries.set(token, { value, untilMs });
    if (this.#entries.size <= this.#entriesMax) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      return;
    }
  }
}
