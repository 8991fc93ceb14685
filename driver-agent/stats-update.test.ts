import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDatabase } from '#core/db/pool.ts';
import { listeners } from '#core/db/repositories/listener.ts';
import { loadBalancers } from '#core/db/repositories/load-balancer.ts';
import { aListener, aLoadBalancer } from '#core/db/testing/nouns.ts';
import { transaction } from '#core/db/transaction.ts';
import type { Logger } from '#core/ports/logger.ts';
import { createTestDatabase, type TestDatabase } from '../tests/testing/servers.ts';
import { updateStatistics } from './stats-update.ts';

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };
let own: TestDatabase;
beforeAll(async () => {
  own = await createTestDatabase();
});
afterAll(() => own.close());

const report = (update: unknown) =>
  updateStatistics({ database: own.database, logger: silent }, update);
const some = {
  active_connections: 1,
  bytes_in: 2,
  bytes_out: 3,
  request_errors: 4,
  total_connections: 5,
};

async function aStoredListener(): Promise<string> {
  const loadBalancer = aLoadBalancer();
  const listener = aListener(loadBalancer.id);
  await transaction(own.database, async (tx) => {
    await loadBalancers.insert(tx, loadBalancer);
    await listeners.insert(tx, listener);
  });
  return listener.id;
}
async function stored(listenerId: string): Promise<unknown[]> {
  const { rows } = await own.database.query(
    `select amphora_id, active_connections, bytes_in, bytes_out, request_errors, total_connections
     from listener_statistics where listener_id = $1`,
    [listenerId],
  );
  return rows;
}

test('totals replace those of the report before, under the id of the listener itself', async () => {
  const id = await aStoredListener();
  expect(await report({ listeners: [{ id, ...some }] })).toEqual({ status_code: 200 });
  expect(await report({ listeners: [{ id, ...some, bytes_in: 7 }] })).toEqual({ status_code: 200 });
  expect(await stored(id)).toEqual([{ amphora_id: id, ...some, bytes_in: 7 }]);
});

test('of two records of one listener the later counts, however its id is spelt', async () => {
  const id = await aStoredListener();
  const update = {
    listeners: [
      { id, ...some },
      { id: id.toUpperCase(), ...some, bytes_in: 9 },
    ],
  };
  expect(await report(update)).toEqual({ status_code: 200 });
  expect(await stored(id)).toMatchObject([{ bytes_in: 9 }]);
});

test('a listener that does not exist is passed over, the others are stored', async () => {
  const id = await aStoredListener();
  const unknown = randomUUID();
  const update = {
    listeners: [
      { id: unknown, ...some },
      { id, ...some },
    ],
  };
  expect(await report(update)).toEqual({ status_code: 200 });
  expect(await stored(unknown)).toEqual([]);
  expect(await stored(id)).toHaveLength(1);
});

test.each([-1, 1.5, '12', null, undefined, 2 ** 60])(
  'a counter of %j is refused, and nothing of that report is stored',
  async (bad) => {
    const id = await aStoredListener();
    const answer = await report({
      listeners: [
        { id, ...some },
        { id, ...some, bytes_out: bad },
      ],
    });
    expect(answer).toMatchObject({
      status_code: 500,
      fault_string: expect.stringMatching(
        /^bytes_out is .*; it must be a whole number of at least 0$/,
      ),
      stats_object: 'listeners',
      stats_object_id: id,
    });
    expect(await stored(id)).toEqual([]);
  },
);

test.each([null, [], { listeners: 'all' }, { listeners: [1] }, { listeners: [{ ...some }] }])(
  'a report of the wrong shape is refused: %j',
  async (update) => {
    expect(await report(update)).toMatchObject({ status_code: 500, stats_object: 'listeners' });
  },
);

test('nothing to report is fine', async () => {
  expect(await report({})).toEqual({ status_code: 200 });
  expect(await report({ listeners: [] })).toEqual({ status_code: 200 });
});

test('while PostgreSQL is away the provider is told that nothing was written, and no more', async () => {
  const nowhere = openDatabase(
    {
      connection: 'postgresql://octavia@127.0.0.1:1/x',
      poolSizeMax: 1,
      poolTimeoutMs: 2000,
      applicationName: 'nowhere',
    },
    () => {},
  );
  const answer = await updateStatistics(
    { database: nowhere, logger: silent },
    { listeners: [{ id: '0f2c6c7e-0000-4000-8000-000000000001', ...some }] },
  );
  await nowhere.end();
  expect(answer).toEqual({
    status_code: 500,
    fault_string: 'the statistics could not be written; see the log of the driver agent',
    stats_object: 'listeners',
  });
});
