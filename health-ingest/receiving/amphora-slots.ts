import type { AmphoraMemory } from './amphora-memory.ts';
import { AmphoraRecords, NOBODY } from './amphora-records.ts';
import { SharedIds } from './shared-ids.ts';

/** Flag of a record: the slot is somebody's. */
const USED = 8;

/** Which record is whose: a thread's way to the records of amphorae, held one at a time. */
export class AmphoraSlots {
  readonly records: AmphoraRecords;
  readonly #ids: SharedIds;
  /** Whose the record is that we hold, and will be when we release it. */
  #owner = NOBODY;

  constructor(memory: AmphoraMemory, thread: number) {
    this.records = new AmphoraRecords(memory, thread);
    this.#ids = new SharedIds(memory);
  }

  /** Without holding it: for flags. @returns -1: nobody knows it */
  find(id: Uint32Array, offset = 0): number {
    return this.#ids.find(id, offset);
  }

  /** @returns the slot of an amphora, its record held until `release`; -1: the table is full */
  hold(id: Uint32Array): number {
    const found = this.#ids.find(id);
    if (found >= 0) {
      this.#owner = this.records.hold(found);
      if (this.records.has(found, USED) && this.#ids.isAt(found, id)) return found;
      this.records.release(found, this.#owner);
    }
    return this.#ids.alone(() => {
      const slot = this.#ids.put(id);
      if (slot >= 0) this.#owner = this.records.hold(slot);
      return slot;
    });
  }

  /** Whether anything is remembered in a record held. */
  isKnown(slot: number): boolean {
    return this.records.has(slot, USED);
  }

  /** Whether another thread heard the amphora last whose record is held. */
  get isOthers(): boolean {
    return this.#owner !== this.records.mine;
  }

  /** Makes the record held ours. */
  take(): void {
    this.records.handOver(this.#owner, this.records.mine);
    this.#owner = this.records.mine;
  }

  /** Makes the record held ours, of an amphora that nobody knew. */
  begin(slot: number): void {
    this.#owner = NOBODY;
    this.take();
    this.records.reset(slot, USED);
  }

  release(slot: number): void {
    this.records.release(slot, this.#owner);
  }

  /** Forgets those not heard since. @see AmphoraTable.sweep */
  sweep(sinceMs: number, from: number, slots: number): number {
    const { usedSlots } = this.#ids;
    const end = Math.min(from + slots, usedSlots);
    for (let slot = from; slot < end; slot++)
      if (this.#isSilent(slot, sinceMs)) this.#ids.alone(() => this.#forget(slot, sinceMs));
    return end < usedSlots ? end : 0;
  }

  #isSilent(slot: number, sinceMs: number): boolean {
    return this.records.has(slot, USED) && this.records.seenAtMs(slot) < sinceMs;
  }

  #forget(slot: number, sinceMs: number): void {
    const owner = this.records.hold(slot);
    // It may have been heard in the meantime.
    const isSilent = this.#isSilent(slot, sinceMs);
    if (isSilent) {
      this.records.drop(slot, USED);
      this.#ids.delete(slot);
      this.records.handOver(owner, NOBODY);
    }
    this.records.release(slot, isSilent ? NOBODY : owner);
  }
}
