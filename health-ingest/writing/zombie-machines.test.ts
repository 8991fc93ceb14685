import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { migrate } from '#core/db/migrate.ts';
import { systemClock } from '#core/service/system-clock.ts';
import { createTestDatabase, type TestDatabase } from '../../tests/testing/servers.ts';
import { type Carried, carry } from '../testing/carried.ts';
import { eventually } from '../testing/eventually.ts';
import { silentLogger } from '../testing/silent-logger.ts';
import { ZombieMachines } from './zombie-machines.ts';
import { requestRemoval } from './zombie-removal.ts';

const INTERVAL_MS = 20;
const GRACE_MS = 60;

let own: TestDatabase;
let zombies: ZombieMachines;
/** Those that report when they are asked. */
const living = new Set<string>();

beforeAll(async () => {
  own = await createTestDatabase();
  await migrate(own.database, new URL('../migrations/', import.meta.url), 'health-ingest');
});
beforeEach(async () => {
  living.clear();
  zombies = new ZombieMachines({
    database: own.database,
    clock: systemClock,
    logger: silentLogger,
    intervalMs: INTERVAL_MS,
    graceMs: GRACE_MS,
    backOffMs: 3_600_000,
    ask(ids) {
      for (const id of ids) if (living.has(id)) zombies.noticed(id);
    },
    removed: () => undefined,
  });
  await zombies.start();
});
afterEach(() => zombies.stop());
afterAll(() => own.close());

async function deleted(own_: Parameters<typeof carry>[1] = {}): Promise<Carried> {
  const carried = await carry(own.database, { amphoraStatus: 'DELETED', ...own_ });
  await own.database.query(
    `update amphora set updated_at = now() - interval '1 hour' where id = $1`,
    [carried.amphoraId],
  );
  return carried;
}

async function removalsOf({ amphoraId }: Carried): Promise<number> {
  const found = await own.database.query(
    `select from dbos.workflow_status join dbos.workflow_input given using (workflow_uuid)
     where name = 'amphora-delete' and position($1 in given.inputs) > 0`,
    [amphoraId],
  );
  return found.rowCount ?? 0;
}

function reports({ amphoraId }: Carried): void {
  living.add(amphoraId);
  zombies.noticed(amphoraId);
}

test('the machine of a deleted amphora that goes on reporting is removed, once, whoever hears it', async () => {
  const carried = await deleted();
  reports(carried);
  await eventually(async () => ((await removalsOf(carried)) > 0 ? true : undefined));
  const options = { graceMs: GRACE_MS, backOffMs: 1 };
  const again = await Promise.all(
    [1, 2, 3].map(() => requestRemoval(own.database, carried.amphoraId, options)),
  );
  expect(again).toEqual([null, null, null]);
  expect(await removalsOf(carried)).toBe(1);
});

test('one last report that was late, of an amphora that is gone, removes nothing', async () => {
  const [gone, alive] = [await deleted(), await deleted()];
  zombies.noticed(gone.amphoraId);
  reports(alive);
  await eventually(async () => ((await removalsOf(alive)) > 0 ? true : undefined));
  expect(await removalsOf(gone)).toBe(0);
});

test('an amphora that fails over, one deleted just now, and one whose machine is not known are left alone', async () => {
  const [failing, fresh, unknown, alive] = [
    await deleted({ amphoraStatus: 'PENDING_DELETE' }),
    await deleted(),
    await deleted(),
    await deleted(),
  ];
  await own.database.query(
    "update amphora set updated_at = now() + $2 * interval '1 hour' where id = $1",
    [fresh.amphoraId, 1],
  );
  await own.database.query('update amphora set compute_id = null where id = $1', [
    unknown.amphoraId,
  ]);
  for (const one of [failing, fresh, unknown, alive]) reports(one);
  await eventually(async () => ((await removalsOf(alive)) > 0 ? true : undefined));
  expect(await Promise.all([failing, fresh, unknown].map(removalsOf))).toEqual([0, 0, 0]);
});

test('what is removed in vain is tried again later', async () => {
  const carried = await deleted();
  const options = { graceMs: GRACE_MS, backOffMs: 3_600_000 };
  expect((await requestRemoval(own.database, carried.amphoraId, options))?.attempts).toBe(1);
  await own.database.query('update zombie_removal set next_attempt_at = now()');
  expect((await requestRemoval(own.database, carried.amphoraId, options))?.attempts).toBe(2);
});
