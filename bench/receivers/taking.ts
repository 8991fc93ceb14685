import { HeartbeatReader } from '#core/heartbeat/heartbeat-reader.ts';
import { heartbeatKey } from '#core/heartbeat/key.ts';
import type { ThreadOptions } from './options.ts';

/** What is done with a datagram where it is taken, counted when it was good. */
export function takerOf({ kind, key, count }: ThreadOptions): (datagram: Buffer) => void {
  const counted = new Float64Array(count);
  const one = (): void => {
    counted[0] = (counted[0] as number) + 1;
  };
  if (kind === 'count') return one;
  const reader = new HeartbeatReader([heartbeatKey(key)]);
  return (datagram) => {
    if (reader.read(datagram) === 'heartbeat') one();
  };
}
