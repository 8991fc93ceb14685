import { randomUUID } from 'node:crypto';
import type { Database } from '#core/db/pool.ts';
import { amphorae } from '#core/db/repositories/amphora.ts';
import { listeners } from '#core/db/repositories/listener.ts';
import { loadBalancers } from '#core/db/repositories/load-balancer.ts';
import { members } from '#core/db/repositories/member.ts';
import { pools } from '#core/db/repositories/pool.ts';
import { aListener, aLoadBalancer, aMember, anAmphora, aPool } from '#core/db/testing/nouns.ts';
import { transaction } from '#core/db/transaction.ts';
import type { AmphoraStatus, ProvisioningStatus } from '#core/domain/status.ts';
import type { Heartbeat } from '#core/heartbeat/message.ts';

/** A load balancer with one listener, one pool, two members and the amphora that carries them. */
export interface Carried {
  readonly amphoraId: string;
  readonly loadBalancerId: string;
  readonly listenerId: string;
  readonly poolId: string;
  readonly memberIds: readonly [string, string];
}

export async function carry(
  database: Database,
  own: {
    readonly amphoraStatus?: AmphoraStatus;
    readonly loadBalancerStatus?: ProvisioningStatus;
  } = {},
): Promise<Carried> {
  const loadBalancer = aLoadBalancer({
    provisioningStatus: own.loadBalancerStatus ?? 'ACTIVE',
    operatingStatus: 'OFFLINE',
  });
  const loadBalancerId = loadBalancer.id;
  const pool = aPool(loadBalancerId, { operatingStatus: 'OFFLINE' });
  const listener = aListener(loadBalancerId, {
    defaultPoolId: pool.id,
    operatingStatus: 'OFFLINE',
  });
  const first = aMember(pool.id, { operatingStatus: 'OFFLINE', address: '10.0.0.1' });
  const second = aMember(pool.id, { operatingStatus: 'OFFLINE', address: '10.0.0.2' });
  const amphora = anAmphora({
    loadBalancerId,
    status: own.amphoraStatus ?? 'ALLOCATED',
    createdAt: new Date(),
    updatedAt: null,
  });
  await transaction(database, async (tx) => {
    await loadBalancers.insert(tx, loadBalancer);
    await pools.insert(tx, pool);
    await listeners.insert(tx, listener);
    await members.insert(tx, first);
    await members.insert(tx, second);
    await amphorae.insert(tx, amphora);
  });
  return {
    amphoraId: amphora.id,
    loadBalancerId,
    listenerId: listener.id,
    poolId: pool.id,
    memberIds: [first.id, second.id],
  };
}

export interface Said {
  readonly sequence?: number;
  readonly version?: number;
  readonly listener?: string | null;
  readonly pool?: string;
  readonly members?: readonly [string, string];
  readonly rxBytes?: number;
  readonly activeConnections?: number;
}

/** What that amphora says: all is well, unless told otherwise. `listener: null`: it carries none. */
export function heartbeatOf(carried: Carried, said: Said = {}): Heartbeat {
  const version = said.version ?? 3;
  const [first, second] = said.members ?? ['UP', 'UP'];
  const status = said.listener === undefined ? 'OPEN' : said.listener;
  const report = {
    rxBytes: said.rxBytes ?? 0,
    txBytes: 0,
    activeConnections: said.activeConnections ?? 0,
    totalConnections: 0,
    requestErrors: 0,
  };
  return {
    amphoraId: carried.amphoraId,
    sequence: said.sequence ?? null,
    version,
    hasDeltas: version >= 3,
    listeners: new Map(status === null ? [] : [[carried.listenerId, { status, ...report }]]),
    pools: [
      {
        poolId: carried.poolId,
        listenerId: carried.listenerId,
        status: said.pool ?? 'UP',
        members: new Map([
          [carried.memberIds[0], first],
          [carried.memberIds[1], second],
        ]),
      },
    ],
  };
}

/** An amphora that nobody ever made. */
export function nobody(): Carried {
  return {
    amphoraId: randomUUID(),
    loadBalancerId: randomUUID(),
    listenerId: randomUUID(),
    poolId: randomUUID(),
    memberIds: [randomUUID(), randomUUID()],
  };
}
