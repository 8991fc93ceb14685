import { type FieldType, invalidValue } from './field.ts';

export interface TextRules {
  readonly lengthMin?: number;
  readonly lengthMax?: number;
  readonly pattern?: RegExp;
  /** The pattern as fault texts print it, when it differs. */
  readonly patternText?: string;
}

/** A string, kept as it is. Characters that the database cannot hold (NUL, half surrogates) are refused. */
export function text(rules: TextRules): FieldType<string> {
  const { lengthMin = 0, lengthMax = Number.POSITIVE_INFINITY, pattern } = rules;
  return {
    schema: {
      type: 'string',
      ...(lengthMin > 0 ? { minLength: lengthMin } : {}),
      ...(Number.isFinite(lengthMax) ? { maxLength: lengthMax } : {}),
      ...(pattern ? { pattern: rules.patternText ?? pattern.source } : {}),
    },
    parse(value, at) {
      if (typeof value !== 'string' || !isStorable(value))
        throw invalidValue(at, value, 'Value should be string');
      const length = countCharacters(value);
      if (length < lengthMin)
        throw invalidValue(
          at,
          value,
          `Value should have a minimum character requirement of ${lengthMin}`,
        );
      if (length > lengthMax)
        throw invalidValue(
          at,
          value,
          `Value should have a maximum character requirement of ${lengthMax}`,
        );
      if (pattern && !pattern.test(value))
        throw invalidValue(
          at,
          value,
          `Value should match the pattern ${rules.patternText ?? pattern.source}`,
        );
      return value;
    },
  };
}

export const str = (lengthMax: number): FieldType<string> => text({ lengthMax });

/** Whether PostgreSQL can hold the text: no NUL, no half of a surrogate pair. */
export function isStorable(value: string): boolean {
  return !value.includes('\0') && value.isWellFormed();
}

/** In code points, as Python counts. */
function countCharacters(value: string): number {
  let pairs = 0;
  for (let index = 0; index < value.length; index++) {
    const unit = value.charCodeAt(index);
    if (unit >= 0xd8_00 && unit <= 0xdb_ff) pairs++;
  }
  return value.length - pairs;
}

/** Exact and case sensitive. */
export function oneOf<const Value extends string>(...values: readonly Value[]): FieldType<Value> {
  return {
    schema: { type: 'string', enum: values },
    parse(value, at) {
      const chosen = values.find((candidate) => candidate === value);
      if (chosen === undefined)
        throw invalidValue(at, value, `Value should be one of: ${values.join(', ')}`);
      return chosen;
    },
  };
}

/** One of the protocol ids that we can negotiate. */
export const alpnProtocol: FieldType<string> = {
  schema: { type: 'string', enum: ['h2', 'http/1.1', 'http/1.0'] },
  parse(value, at) {
    if (value !== 'h2' && value !== 'http/1.1' && value !== 'http/1.0')
      throw invalidValue(at, value, 'Value should be a valid ALPN protocol ID');
    return value;
  },
};

const UUID = /^[0-9a-f]{32}$/;

/** Accepts every spelling of a UUID; answers it in lower case with dashes. */
export const uuid: FieldType<string> = {
  schema: { type: 'string', format: 'uuid' },
  parse(value, at) {
    const canonical = typeof value === 'string' ? canonicalUuid(value) : null;
    if (canonical === null) throw invalidValue(at, value, 'Value should be UUID format');
    return canonical;
  },
};

export function canonicalUuid(value: string): string | null {
  const digits = value
    .replace('urn:', '')
    .replace('uuid:', '')
    .replace(/^[{}]+|[{}]+$/g, '')
    .replaceAll('-', '')
    .toLowerCase();
  if (!UUID.test(digits)) return null;
  const cut = (from: number, to: number) => digits.slice(from, to);
  return `${cut(0, 8)}-${cut(8, 12)}-${cut(12, 16)}-${cut(16, 20)}-${cut(20, 32)}`;
}
