import { type Database, openDatabase } from '#core/db/pool.ts';
import type { LocalCloudOptions } from '#drivers/local/cloud-options.ts';
import { lineLogger } from '../line-logger.ts';
import { localOptions } from '../local-options.ts';
import type { CloudState, TenantNetwork } from '../state-file.ts';
import { ApiClient } from './api-client.ts';

/** A running cloud, as the story and the tests act in it: its API, its networks, its database to look into. */
export interface Scene {
  readonly state: CloudState;
  readonly api: ApiClient;
  readonly network: TenantNetwork;
  readonly options: LocalCloudOptions;
  readonly database: Database;
  close(): Promise<void>;
}

export function openScene(state: CloudState): Scene {
  const network = state.networks[0];
  if (network === undefined)
    throw new Error(
      'the cloud has no tenant network: its drivers are noop, which carry no traffic',
    );
  const database = openDatabase(
    {
      connection: state.postgresUrl,
      poolSizeMax: 2,
      poolTimeoutMs: 10_000,
      applicationName: 'one-box-demo',
    },
    () => {}, // tests kill PostgreSQL; the next query connects anew
  );
  const settings = {
    namePrefix: state.namePrefix,
    dataDir: state.dataDir,
    lbNetworkCidr: state.lbNetworkCidr,
    networks: [`${network.name}=${network.cidr}`],
    qosPolicies: [],
  };
  return {
    state,
    network,
    database,
    api: new ApiClient(state.apiUrl),
    options: localOptions(
      settings,
      database,
      lineLogger('demo', () => {}),
    ),
    close: () => database.end(),
  };
}
