export interface BudgetOptions {
  /** Failovers in progress at one time. */
  readonly absolute: number;
  /** The same in percent of the expected amphorae. */
  readonly percent: number;
}

/** So many may always be in progress: a percentage of a small cloud would be none. */
const FLOOR = 5;

/** How many failovers may be in progress at one time in a cloud of that many amphorae. */
export function failoversAllowed({ absolute, percent }: BudgetOptions, expected: number): number {
  return Math.min(absolute, Math.max(FLOOR, Math.floor((expected * percent) / 100)));
}
