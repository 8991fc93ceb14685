import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../tests/testing/servers.ts';
import { expectWhole } from './testing/ends.ts';
import { inBatches, KILL_POINTS } from './testing/kill-points.ts';
import type { NoopCloud } from './testing/noop-world.ts';
import { sampled, USUAL_SEED } from './testing/sample.ts';
import { newScenario, storedTree } from './testing/scenario.ts';
import { tableCloud } from './testing/table-store.ts';
import {
  endOf,
  enqueueFor,
  expectOfEach,
  expectSameEnd,
  takeOver,
  Workers,
} from './testing/taken-over.ts';
import { expectToldOnce } from './testing/told-once.ts';

const KILLS_SAMPLED = 24;

let test_: TestDatabase;
let cloud: NoopCloud;
let workers: Workers;

beforeAll(async () => {
  test_ = await createTestDatabase();
  cloud = await tableCloud(test_.database);
  workers = new Workers(test_.url);
  await test_.database.query('select events_switch(true)');
});
afterEach(() => workers.stop());
afterAll(() => test_.close());

test.each(inBatches(sampled(KILL_POINTS, KILLS_SAMPLED, USUAL_SEED)))(
  'whatever a worker was at when it was killed, another comes to the end that it would have come to, and all is told of once',
  async ({ points }) => {
    const ended = await takeOver({ database: test_.database, cloud, points, workers });
    await expectOfEach(ended, (one) => expectToldOnce(test_.database, one));
    await expectOfEach(ended, expectSameEnd);
  },
  300_000,
);

test('a frozen worker loses its flow, and undoes nothing when it thaws', async () => {
  const scenario = await newScenario(test_.database, { cloud });
  const frozen = await workers.start({ stallAt: 'amphora.plugVip' });
  const flowId = await enqueueFor(scenario, 'load-balancer-create', '');
  await frozen.says('reached');
  frozen.signal('SIGSTOP');
  await workers.start();
  expect(await endOf(test_.database, flowId)).toBe('SUCCESS');
  frozen.signal('SIGCONT');
  await frozen.logs('no longer owned by this execution');
  expect(frozen.log.filter((line) => String(line['step']).startsWith('undo'))).toEqual([]);
  expect((await storedTree(scenario)).provisioningStatus).toBe('ACTIVE');
  await expectWhole(scenario);
});
