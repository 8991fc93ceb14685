import { afterAll } from 'vitest';
import { additionalVipTable } from './additional-vip.ts';
import { declareTests } from './declare-tests.ts';
import { offerTablesOfAll } from './flavor.ts';
import { profileTablesOfAll } from './flavor-profile.ts';
import { healthMonitorTables } from './health-monitor.ts';
import { l7PolicyTables } from './l7-policy.ts';
import { l7RuleTables } from './l7-rule.ts';
import { listenerTables } from './listener.ts';
import { loadBalancerTables } from './load-balancer.ts';
import { memberTables } from './member.ts';
import { nestedTables } from './nested.ts';
import { poolTables } from './pool.ts';
import { quotaTables } from './quota.ts';
import { sessionPersistenceTables } from './session-persistence.ts';
import { startContractWorld } from './world.ts';

const world = await startContractWorld();
afterAll(() => world.api.close());

const tables = [
  ...loadBalancerTables(world),
  additionalVipTable(world),
  ...nestedTables(world),
  ...listenerTables(world),
  ...poolTables(world),
  ...sessionPersistenceTables(world),
  ...memberTables(world),
  ...healthMonitorTables(world),
  ...l7PolicyTables(world),
  ...l7RuleTables(world),
  ...quotaTables(world),
  ...offerTablesOfAll(world),
  ...profileTablesOfAll(world),
];
for (const table of tables) declareTests(world.api, table);
