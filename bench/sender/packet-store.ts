const CHUNK_BYTES = 16 * 1024 * 1024;

/** Datagrams one after the other in few large pieces of memory: millions of small objects would stop the sender. */
export class PacketStore {
  readonly #chunks: Buffer[] = [];
  #ends = new Float64Array(1024);
  #starts = new Float64Array(1024);
  #count = 0;
  #usedBytes = 0;

  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#usedBytes;
  }

  clear(): void {
    this.#count = 0;
    this.#usedBytes = 0;
  }

  push(packet: Buffer): void {
    const room = CHUNK_BYTES - (this.#usedBytes % CHUNK_BYTES);
    if (room < packet.length) this.#usedBytes += room;
    const index = Math.floor(this.#usedBytes / CHUNK_BYTES);
    const chunk = (this.#chunks[index] ??= Buffer.allocUnsafeSlow(CHUNK_BYTES));
    packet.copy(chunk, this.#usedBytes % CHUNK_BYTES);
    if (this.#count === this.#starts.length) this.#grow();
    this.#starts[this.#count] = this.#usedBytes;
    this.#usedBytes += packet.length;
    this.#ends[this.#count] = this.#usedBytes;
    this.#count++;
  }

  at(index: number): Buffer {
    const start = this.#starts[index] as number;
    const chunk = this.#chunks[Math.floor(start / CHUNK_BYTES)] as Buffer;
    const from = start % CHUNK_BYTES;
    return chunk.subarray(from, from + (this.#ends[index] as number) - start);
  }

  #grow(): void {
    const [starts, ends] = [this.#starts, this.#ends];
    this.#starts = new Float64Array(starts.length * 2);
    this.#ends = new Float64Array(ends.length * 2);
    this.#starts.set(starts);
    this.#ends.set(ends);
  }
}
