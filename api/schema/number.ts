import { type FieldType, invalidKind, invalidValue } from './field.ts';
import { pythonText } from './python-text.ts';

// The columns are 32 bits wide; an unbounded attribute is bounded by what can be stored.
const STORED_MAX = 2_147_483_647;

/** A whole number: also from numeric strings, fractions (cut off) and booleans. */
export function int(min: number, max: number = STORED_MAX): FieldType<number> {
  return {
    schema: { type: 'integer', minimum: min, maximum: max },
    parse(value, at) {
      const number = toInteger(value);
      if (number === null)
        throw invalidKind(at, `invalid literal for int() with base 10: '${pythonText(value)}'`);
      if (number < min)
        throw invalidValue(at, number, `Value should be greater or equal to ${min}`);
      if (number > max) throw invalidValue(at, number, `Value should be lower or equal to ${max}`);
      return number;
    },
  };
}

function toInteger(value: unknown): number | null {
  if (typeof value === 'number') return Math.trunc(value) + 0;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'string' && /^\s*[+-]?\d+(_\d+)*\s*$/.test(value))
    return Number(value.replaceAll('_', ''));
  return null;
}

/** One of a few whole numbers, coerced like any other. */
export function intOneOf(...values: readonly number[]): FieldType<number> {
  const any = int(-STORED_MAX);
  return {
    schema: { type: 'integer', enum: values },
    parse(value, at) {
      const number = any.parse(value, at);
      if (!values.includes(number))
        throw invalidValue(at, value, `Value should be one of: ${values.join(', ')}`);
      return number;
    },
  };
}

/** One of a few decimal numbers, also as strings. */
export function decimalOneOf(...values: readonly number[]): FieldType<number> {
  return {
    schema: { type: 'number', enum: values },
    parse(value, at) {
      const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
      const chosen = values.find((candidate) => candidate === number);
      if (chosen === undefined) {
        const allowed = values.map((candidate) => candidate.toFixed(1)).join(', ');
        throw invalidValue(at, value, `Value should be one of: ${allowed}`);
      }
      return chosen;
    },
  };
}

const TRUE_WORDS = ['true', 't', 'yes', 'y', 'on', '1'];
const FALSE_WORDS = ['false', 'f', 'no', 'n', 'off', '0'];

/** A boolean, any integer, or one of the exact words. */
export const bool: FieldType<boolean> = {
  schema: { type: 'boolean' },
  parse(value, at) {
    if (typeof value === 'boolean') return value;
    if (typeof value === 'number' && Number.isInteger(value)) return value !== 0;
    if (typeof value === 'string' && TRUE_WORDS.includes(value)) return true;
    if (typeof value === 'string' && FALSE_WORDS.includes(value)) return false;
    throw invalidKind(at, `Value not an unambiguous boolean: ${pythonText(value)}`);
  },
};
