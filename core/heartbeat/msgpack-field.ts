import { isUuid, textOf, WrongField } from './field.ts';
import type { StatusDigest } from './status-digest.ts';

export const UUID_BYTES = 16;
export const DIGEST_BYTES = 8;

/** Append only: the place in this list is what travels. */
export const WORDS: readonly string[] = [
  'OPEN',
  'FULL',
  'UP',
  'DOWN',
  'no check',
  'MAINT',
  'DRAIN',
  'NOLB',
  'RESTARTING',
  'STOP',
  'UP 1/2',
  'UP 1/3',
  'UP 2/3',
  'DOWN 1/2',
  'DOWN 1/3',
  'DOWN 2/3',
];
const CODES: ReadonlyMap<string, number> = new Map(WORDS.map((word, code) => [word, code]));

export function bytesOf(value: unknown): Buffer {
  if (!(value instanceof Uint8Array)) throw new WrongField('not bytes');
  return Buffer.from(value.buffer, value.byteOffset, value.length);
}

export function packDigest({ high, low }: StatusDigest): Buffer {
  const packed = Buffer.alloc(DIGEST_BYTES);
  packed.writeUInt32BE(high, 0);
  packed.writeUInt32BE(low, DIGEST_BYTES / 2);
  return packed;
}

export function readDigest(packed: Buffer): readonly [high: number, low: number] {
  if (packed.length !== DIGEST_BYTES) throw new WrongField('digest: not 8 bytes');
  return [packed.readUInt32BE(0), packed.readUInt32BE(DIGEST_BYTES / 2)];
}

export function packIds(ids: readonly string[]): Buffer | readonly string[] {
  return ids.every(isCanonical) ? Buffer.from(ids.join('').replaceAll('-', ''), 'hex') : ids;
}

export function readIds(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.map(textOf);
  const packed = bytesOf(value);
  if (packed.length % UUID_BYTES !== 0) throw new WrongField('listener ids: not 16 bytes each');
  return Array.from({ length: packed.length / UUID_BYTES }, (_, index) =>
    readId(packed.subarray(index * UUID_BYTES, (index + 1) * UUID_BYTES)),
  );
}

function isCanonical(id: string): boolean {
  return isUuid(id) && id === id.toLowerCase();
}

export function packId(id: string): Buffer | string {
  return isCanonical(id) ? Buffer.from(id.replaceAll('-', ''), 'hex') : id;
}

export function readId(value: unknown): string {
  if (!(value instanceof Uint8Array)) return textOf(value);
  if (value.length !== UUID_BYTES) throw new WrongField('id: not 16 bytes');
  const hex = bytesOf(value).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

export function packWord(word: string): number | string {
  return CODES.get(word) ?? word;
}

export function readWord(value: unknown): string {
  if (typeof value !== 'number') return textOf(value);
  const word = WORDS[value];
  if (word === undefined) throw new WrongField('status: no such word');
  return word;
}
