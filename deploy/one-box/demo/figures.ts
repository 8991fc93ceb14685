interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** What the product promises; null: nothing. */
  readonly most: number | null;
}

/** The numbers of one run. A missed promise is shown, not hidden; it does not make the story untrue. */
export class Figures {
  readonly #figures: Figure[] = [];

  add(what: string, value: number, unit: string, most: number | null = null): void {
    this.#figures.push({ what, value, unit, most });
  }

  lines(): readonly string[] {
    return this.#figures.map(({ what, value, unit, most }) => {
      const text = unit === 's' ? value.toFixed(2) : String(Math.round(value));
      const verdict = value <= (most ?? 0) ? 'kept' : 'MISSED';
      const promise = most === null ? '' : `   promise: at most ${most} ${unit}, ${verdict}`;
      return `  ${what.padEnd(46)} ${text.padStart(8)} ${unit}${promise}`;
    });
  }
}
