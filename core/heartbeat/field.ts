import type { Counter } from './message.ts';

/** Thrown inside a decoder for a field that is missing or of the wrong type; never leaves it. */
export class WrongField extends Error {}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** What a signed 64 bit column holds. */
const COUNTER_MAX = 2n ** 63n - 1n;

export function isUuid(value: string): boolean {
  return UUID.test(value);
}

export function uuidOf(value: unknown): string {
  if (typeof value !== 'string' || !isUuid(value)) throw new WrongField('not a UUID');
  return value.toLowerCase();
}

export function textOf(value: unknown): string {
  if (typeof value !== 'string') throw new WrongField('not a text');
  return value;
}

export function wholeOf(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw new WrongField('not a whole number');
  return value;
}

export function counterOf(value: unknown): Counter {
  if (typeof value !== 'bigint') return wholeOf(value);
  if (value < 0n || value > COUNTER_MAX) throw new WrongField('not a counter');
  return value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
}

export function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new WrongField('not an object');
  return value as Readonly<Record<string, unknown>>;
}

export function listOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new WrongField('not a list');
  return value;
}
