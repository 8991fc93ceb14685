import { flow } from '../flow.ts';
import { pushConfiguration } from '../steps/configuration.ts';
import { unplugUnusedNetworks } from '../steps/member-network.ts';
import { guardPool, removePool } from '../steps/pool.ts';

export const poolDelete = flow('pool-delete', [
  guardPool,
  pushConfiguration,
  unplugUnusedNetworks,
  removePool,
]);
