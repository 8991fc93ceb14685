import pg from 'pg';

const { builtins } = pg.types;
const UUID_ARRAY = 2951;
const TEXT_ARRAY = 1009;
const ZERO = '0'.charCodeAt(0);

const slowTimestamp = pg.types.getTypeParser(builtins.TIMESTAMPTZ) as (text: string) => Date;
const slowTexts = pg.types.getTypeParser(TEXT_ARRAY as never) as (text: string) => string[];

/**
 * Reads the three types that lists are full of without regular expressions; what is not the everyday form goes to the
 * parsers of `pg`. Together with bigint as number, this is what every connection of ours speaks.
 */
export function useOurTypeParsers(): void {
  // bigint: counters fit a double up to 2^53, and an overflow there is 9 petabytes away. numeric stays text.
  pg.types.setTypeParser(builtins.INT8, Number);
  pg.types.setTypeParser(builtins.TIMESTAMPTZ, parseTimestamp);
  pg.types.setTypeParser(TEXT_ARRAY as never, parseTexts);
  pg.types.setTypeParser(UUID_ARRAY as never, parseTexts);
}

/** `2026-01-02 03:04:05+00`: whole seconds, UTC. */
export function parseTimestamp(text: string): Date {
  if (text.length !== 22 || !text.endsWith('+00')) return slowTimestamp(text);
  const two = (at: number) => (text.charCodeAt(at) - ZERO) * 10 + text.charCodeAt(at + 1) - ZERO;
  return new Date(Date.UTC(two(0) * 100 + two(2), two(5) - 1, two(8), two(11), two(14), two(17)));
}

/** `{a,b}` without quotes, nulls or nesting. */
export function parseTexts(text: string): string[] {
  if (text === '{}') return [];
  if (text.includes('"') || text.includes('NULL') || text.startsWith('{{')) return slowTexts(text);
  return text.slice(1, -1).split(',');
}
