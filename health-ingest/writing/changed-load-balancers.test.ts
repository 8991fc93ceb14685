import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { migrate } from '#core/db/migrate.ts';
import { transaction } from '#core/db/transaction.ts';
import { systemClock } from '#core/service/system-clock.ts';
import { createTestDatabase, type TestDatabase } from '../../tests/testing/servers.ts';
import { type Carried, carry } from '../testing/carried.ts';
import { eventually } from '../testing/eventually.ts';
import { silentLogger } from '../testing/silent-logger.ts';
import { ChangedLoadBalancers, sweepChanges } from './changed-load-balancers.ts';

const INTERVAL_MS = 20;

let own: TestDatabase;
let changed: ChangedLoadBalancers;
let asked: string[] = [];

beforeAll(async () => {
  own = await createTestDatabase();
  await migrate(own.database, new URL('../migrations/', import.meta.url), 'health-ingest');
});
beforeEach(async () => {
  // A long transaction anywhere on the server would have those of the last test read again.
  await own.database.query('delete from health_change');
  changed = new ChangedLoadBalancers({
    database: own.database,
    clock: { ...systemClock, sleep },
    logger: silentLogger,
    intervalMs: INTERVAL_MS,
    ask: (ids) => asked.push(...ids),
  });
  await changed.start();
  await looks();
  asked = [];
});
afterEach(() => changed.stop());
afterAll(() => own.close());

let sleeps = 0;
async function sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
  sleeps++;
  await systemClock.sleep(durationMs, signal);
}

/** Waits for a whole look that began after now: whatever was committed before has been found by then. */
async function looks(): Promise<void> {
  const before = sleeps;
  await eventually(() => (sleeps >= before + 2 ? true : undefined));
}

async function set(carried: Carried, status: string): Promise<void> {
  await own.database.query('update load_balancer set provisioning_status = $2 where id = $1', [
    carried.loadBalancerId,
    status,
  ]);
}

test('the amphorae of a load balancer that is ACTIVE again are asked, once', async () => {
  const carried = await carry(own.database, { loadBalancerStatus: 'PENDING_UPDATE' });
  await set(carried, 'ACTIVE');
  await eventually(() => (asked.includes(carried.amphoraId) ? true : undefined));
  await looks();
  expect(asked).toEqual([carried.amphoraId]);
});

test('an operating status that we wrote ourselves, and a lock just taken, are no reason to ask', async () => {
  const [written, locked, sentinel] = [
    await carry(own.database),
    await carry(own.database),
    await carry(own.database),
  ];
  await own.database.query(`update load_balancer set operating_status = 'ERROR' where id = $1`, [
    written.loadBalancerId,
  ]);
  await set(locked, 'PENDING_UPDATE');
  await set(sentinel, 'ERROR');
  await eventually(() => (asked.length > 0 ? true : undefined));
  expect(asked).toEqual([sentinel.amphoraId]);
});

test('an amphora that comes into service is asked, and its peers with it', async () => {
  const carried = await carry(own.database, { amphoraStatus: 'BOOTING' });
  await own.database.query(`update amphora set status = 'ALLOCATED' where id = $1`, [
    carried.amphoraId,
  ]);
  await eventually(() => (asked.includes(carried.amphoraId) ? true : undefined));
});

test('a change is found however long its transaction stays open, and those after it are not asked about again and again', async () => {
  const [slow, quick] = [await carry(own.database), await carry(own.database)];
  await transaction(own.database, async (tx) => {
    await tx.query(`update load_balancer set provisioning_status = 'ERROR' where id = $1`, [
      slow.loadBalancerId,
    ]);
    await set(quick, 'ERROR');
    await eventually(() => (asked.includes(quick.amphoraId) ? true : undefined));
    await looks();
    expect(asked).toEqual([quick.amphoraId]);
  });
  await eventually(() => (asked.includes(slow.amphoraId) ? true : undefined));
  expect(asked).toEqual([quick.amphoraId, slow.amphoraId]);
});

test('changes that everybody has read are swept', async () => {
  const carried = await carry(own.database);
  await set(carried, 'ERROR');
  await own.database.query(`update health_change set changed_at = now() - interval '2 hours'`);
  expect(await sweepChanges(own.database)).toBeGreaterThan(0);
});
