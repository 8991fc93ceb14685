/** How many reports may leave in a second. What was not used is not saved for longer than that second. */
export class ReportBudget {
  readonly #perMs: number;
  readonly #savedMax: number;
  #saved: number;
  #atMs = 0;

  /** @param perSecond above 0; a fraction means one report in several seconds */
  constructor(perSecond: number) {
    this.#perMs = perSecond / 1000;
    this.#savedMax = Math.max(1, perSecond);
    this.#saved = this.#savedMax;
  }

  /** @param nowMs monotonic. @returns whether one more may leave now */
  take(nowMs: number): boolean {
    const earned = Math.max(0, nowMs - this.#atMs) * this.#perMs;
    this.#saved = Math.min(this.#savedMax, this.#saved + earned);
    this.#atMs = nowMs;
    if (this.#saved < 1) return false;
    this.#saved--;
    return true;
  }
}
