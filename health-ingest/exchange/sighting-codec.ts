import { readWords, writeWords } from './word-bytes.ts';

/** Amphorae that a thread heard of, on their way to every manager. */
export interface Sightings {
  /** The thread, as 16 hex digits: random, new with each start. */
  readonly thread: string;
  /**
   * Counts the thread's batches from 0. A number left out is a batch that nobody will see; one that comes again is the
   * same batch, sent twice since its answer was lost.
   */
  readonly number: number;
  /** Milliseconds, by the thread's own steady clock, that the oldest of these sightings had waited when it was sent. */
  readonly ageMs: number;
  /** Four words an amphora, the first the most significant. */
  readonly ids: Uint32Array;
}

/** 8 bytes thread, 8 bytes number, 4 bytes age, 4 bytes zero, then 16 bytes an amphora; whole numbers little-endian. */
const HEAD_BYTES = 24;
const ID_BYTES = 16;
const AGE_MS_MAX = 0xffff_ffff;

export function packSightings({ thread, number, ageMs, ids }: Sightings): Buffer {
  const bytes = Buffer.allocUnsafe(HEAD_BYTES + ids.byteLength);
  bytes.write(thread, 0, 8, 'hex');
  bytes.writeBigUInt64LE(BigInt(number), 8);
  bytes.writeUInt32LE(Math.min(Math.max(Math.ceil(ageMs), 0), AGE_MS_MAX), 16);
  bytes.writeUInt32LE(0, 20);
  writeWords(ids, bytes, HEAD_BYTES);
  return bytes;
}

/** @throws when the bytes are not ours */
export function unpackSightings(bytes: Buffer): Sightings {
  const idBytes = bytes.length - HEAD_BYTES;
  if (idBytes < 0 || idBytes % ID_BYTES !== 0)
    throw new Error(
      `${bytes.length} bytes are no sightings: ${HEAD_BYTES} and ${ID_BYTES} an amphora`,
    );
  return {
    thread: bytes.toString('hex', 0, 8),
    number: Number(bytes.readBigUInt64LE(8)),
    ageMs: bytes.readUInt32LE(16),
    ids: readWords(bytes, HEAD_BYTES),
  };
}
