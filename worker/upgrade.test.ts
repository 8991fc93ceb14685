import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../tests/testing/servers.ts';
import { inBatches, KILL_POINTS } from './testing/kill-points.ts';
import type { NoopCloud } from './testing/noop-world.ts';
import { NOTES } from './testing/releases.ts';
import { sampled, USUAL_SEED } from './testing/sample.ts';
import { tableCloud } from './testing/table-store.ts';
import {
  expectOfEach,
  expectSameEnd,
  type TakenOver,
  takeOver,
  Workers,
} from './testing/taken-over.ts';

const KILLS_SAMPLED = 8;

let own: TestDatabase;
let cloud: NoopCloud;
let workers: Workers;

beforeAll(async () => {
  own = await createTestDatabase();
  await own.database.query(NOTES);
  cloud = await tableCloud(own.database);
  workers = new Workers(own.url);
});
afterEach(() => workers.stop());
afterAll(() => own.close());

/** Which of the steps that only one of the releases has did something that stands. */
async function notesOf({ scenario }: TakenOver): Promise<readonly string[]> {
  const found = await own.database.query<{ step: string }>(
    'select step from release_note where load_balancer_id = $1 order by step',
    [scenario.family.loadBalancerId],
  );
  return found.rows.map(({ step }) => step);
}

async function expectNotes(taken: TakenOver): Promise<void> {
  const isUndone = taken.point.moment === 'undoing';
  expect(await notesOf(taken)).toEqual(isUndone ? ['dropped'] : ['added', 'dropped', 'retired']);
}

/** What is on record under the name that a step had does not run again under the one that it has. */
async function expectNoneTwice({ flowId }: TakenOver): Promise<void> {
  const found = await own.database.query<{ name: string }>(
    `select function_name as name from dbos.operation_outputs where workflow_uuid = $1`,
    [flowId],
  );
  const names = found.rows.map(({ name }) => name.replace('old ', ''));
  expect(names).toEqual([...new Set(names)]);
}

test.each(inBatches(sampled(KILL_POINTS, KILLS_SAMPLED, USUAL_SEED)))(
  'flows that an older release began come to the same ends with steps that were added, dropped and renamed since',
  async ({ points }) => {
    const ended = await takeOver({
      database: own.database,
      cloud,
      points,
      workers,
      first: { release: 'older' },
      second: { release: 'newer' },
    });
    await expectOfEach(ended, expectNoneTwice);
    await expectOfEach(ended, expectNotes);
    await expectOfEach(ended, expectSameEnd);
  },
);
