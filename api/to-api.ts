/** `YYYY-MM-DDTHH:MM:SS`, UTC, no zone suffix: some clients refuse one. */
export function apiTime(time: Date): string {
  return time.toISOString().slice(0, 19);
}

export function apiTimeOrNull(time: Date | null): string | null {
  return time === null ? null : apiTime(time);
}

export interface Reference {
  readonly id: string;
}

export const reference = (id: string): Reference => ({ id });
