import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** Whatever receives what the sender sends, and counts. */
export interface ReceiverUnderTest {
  readonly port: number;
  readonly pid: number;
  /** Datagrams taken in since it started. */
  accepted(): Promise<number>;
  stop(): Promise<void>;
}

const SETTLE_INTERVAL_MS = 250;
/** Quiet for as many looks: nothing more will come. The daemon's own figures are up to 200 ms old. */
const QUIET_LOOKS = 3;
const SETTLE_LOOKS_MAX = 60;

/** Waits until all of `wanted` was taken in, or nothing more comes. @returns what was taken in */
export async function settled(receiver: ReceiverUnderTest, wanted: number): Promise<number> {
  let last = -1;
  for (let look = 0, quiet = 0; look < SETTLE_LOOKS_MAX && quiet < QUIET_LOOKS; look++) {
    const now = await receiver.accepted();
    if (now >= wanted) return now;
    quiet = now === last ? quiet + 1 : 0;
    last = now;
    await delay(SETTLE_INTERVAL_MS);
  }
  return last;
}

/** The largest receive buffer that the kernel grants, in bytes. */
export function receiveBufferBytesMax(): number {
  return Number(readFileSync('/proc/sys/net/core/rmem_max', 'utf8'));
}
