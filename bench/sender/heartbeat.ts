import type { Heartbeat } from '#core/heartbeat/message.ts';
import { idsOf } from '../testbed/fleet-ids.ts';

const VERSION = 3;

/** What an amphora of the fleet says. */
export interface Said {
  readonly sequence: number;
  /** Whether it carried traffic since its last heartbeat. */
  readonly hasChanged: boolean;
  /** Whether the first of its three members is down. */
  readonly isDown: boolean;
}

export function heartbeatOf(amphora: number, { sequence, hasChanged, isDown }: Said): Heartbeat {
  const { amphoraId, listenerId, poolId, memberIds } = idsOf(amphora);
  const counted = hasChanged ? 12_345 : 0;
  const listener = {
    status: 'OPEN',
    rxBytes: counted,
    txBytes: counted * 8,
    activeConnections: 3,
    totalConnections: hasChanged ? 5 : 0,
    requestErrors: 0,
  };
  return {
    amphoraId,
    sequence,
    version: VERSION,
    hasDeltas: true,
    listeners: new Map([[listenerId, listener]]),
    pools: [
      {
        poolId,
        listenerId,
        status: 'UP',
        members: new Map(memberIds.map((id, index) => [id, isDown && index === 0 ? 'DOWN' : 'UP'])),
      },
    ],
  };
}
