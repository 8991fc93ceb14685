/**
 * Says yes at most once an interval for each id, so that what repeats every second is logged now and then. Remembers a
 * bounded number of ids; beyond them it says no.
 */
export class Seldom {
  readonly #intervalMs: number;
  readonly #idsMax: number;
  readonly #saidAtMs = new Map<string, number>();

  constructor(intervalMs: number, idsMax: number) {
    this.#intervalMs = intervalMs;
    this.#idsMax = idsMax;
  }

  isTime(id: string, nowMs: number): boolean {
    const saidAtMs = this.#saidAtMs.get(id);
    if (saidAtMs !== undefined && nowMs - saidAtMs < this.#intervalMs) return false;
    if (saidAtMs === undefined && this.#saidAtMs.size >= this.#idsMax) this.#sweep(nowMs);
    if (saidAtMs === undefined && this.#saidAtMs.size >= this.#idsMax) return false;
    this.#saidAtMs.set(id, nowMs);
    return true;
  }

  #sweep(nowMs: number): void {
    for (const [id, saidAtMs] of this.#saidAtMs)
      if (nowMs - saidAtMs >= this.#intervalMs) this.#saidAtMs.delete(id);
  }
}
