import type { Database } from '#core/db/pool.ts';
import type { OneBoxOptions } from './options.ts';
import { StartProblem } from './start-problem.ts';
import type { TenantNetwork } from './state-file.ts';

/** What lies under the daemons beside the databases: the networks, and the amphorae of an earlier run. */
export interface Ground {
  /** The address at which amphorae reach the health manager. */
  readonly heartbeatHost: string;
  readonly networks: readonly TenantNetwork[];
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Noop drivers stand on nothing: any id is a network, and nobody sends a heartbeat. */
export function noGround(): Ground {
  return {
    heartbeatHost: '127.0.0.1',
    networks: [],
    start: async () => {},
    stop: async () => {},
  };
}

export function openGround(options: OneBoxOptions, database: Database): Ground {
  if (options.drivers === 'noop') return noGround();
  void database;
  throw new StartProblem('the local drivers are not there yet; --drivers noop');
}
