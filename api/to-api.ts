const TWO_DIGITS = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, '0'));

/**
 * `YYYY-MM-DDTHH:MM:SS`, UTC, no zone suffix: some clients refuse one. Lists are full of them, and `toISOString` takes
 * three times as long (bench/api.ts).
 */
export function apiTime(time: Date): string {
  const year = String(time.getUTCFullYear()).padStart(4, '0');
  const date = `${year}-${TWO_DIGITS[time.getUTCMonth() + 1]}-${TWO_DIGITS[time.getUTCDate()]}`;
  const hour = `${TWO_DIGITS[time.getUTCHours()]}:${TWO_DIGITS[time.getUTCMinutes()]}`;
  return `${date}T${hour}:${TWO_DIGITS[time.getUTCSeconds()]}`;
}

export function apiTimeOrNull(time: Date | null): string | null {
  return time === null ? null : apiTime(time);
}

export interface Reference {
  readonly id: string;
}

export const reference = (id: string): Reference => ({ id });
