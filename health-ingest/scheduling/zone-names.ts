/** Zones beyond these are counted as one. */
const ZONES_MAX = 250;
const OTHER_ZONES = 'other zones';

/** The availability zones that were met, as numbers that fit a byte. */
export class ZoneNames {
  readonly #names: string[] = [];

  get all(): readonly string[] {
    return this.#names;
  }

  nameAt(index: number): string {
    return this.#names[index] ?? '';
  }

  /** @param zone null: not known, as good as a zone of its own */
  indexOf(zone: string | null): number {
    const name = zone ?? '';
    const known = this.#names.indexOf(name);
    if (known >= 0) return known;
    if (this.#names.length < ZONES_MAX) return this.#names.push(name) - 1;
    const other = this.#names.indexOf(OTHER_ZONES);
    return other >= 0 ? other : this.#names.push(OTHER_ZONES) - 1;
  }
}
