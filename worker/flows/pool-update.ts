import { flow } from '../flow.ts';
import { pushConfiguration } from '../steps/configuration.ts';
import { markActive } from '../steps/load-balancer.ts';
import { guardPool } from '../steps/pool.ts';

export const poolUpdate = flow('pool-update', [guardPool, pushConfiguration, markActive]);
