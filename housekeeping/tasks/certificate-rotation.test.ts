import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { countLive } from '#core/queue/live-flows.ts';
import { systemClock } from '#core/service/system-clock.ts';
import { createTestDatabase, type TestDatabase } from '../../tests/testing/servers.ts';
import { rotateCertificates } from './certificate-rotation.ts';

const FLOW = 'amphora-certificate-rotate';

let own: TestDatabase;
beforeAll(async () => {
  own = await createTestDatabase();
});
afterAll(() => own.close());

async function amphora(status: string, endsInDays: number, isBusy = false): Promise<string> {
  const id = randomUUID();
  await own.database.query(
    `insert into amphora (id, status, cert_expiration, is_cert_busy, updated_at)
     values ($1, $2, now() + make_interval(days => $3), $4, now())`,
    [id, status, endsInDays, isBusy],
  );
  return id;
}

test('certificates that end soon are renewed a few at a time, the soonest first, each asked for once', async () => {
  const tomorrow = await amphora('ALLOCATED', 1);
  const nextWeek = await amphora('ALLOCATED', 7);
  const expired = await amphora('ALLOCATED', -1);
  await amphora('ALLOCATED', 20);
  await amphora('ALLOCATED', 2, true);
  await amphora('DELETED', 1);
  await amphora('PENDING_DELETE', 1);
  const atATime: number[] = [];
  // Between two looks the worker fails them all, and takes the mark away.
  const sleep = async (): Promise<void> => {
    atATime.push(await countLive(own.database, FLOW));
    await own.database.query(`update dbos.workflow_status set status = 'ERROR'`);
    await own.database.query('update amphora set is_cert_busy = false where is_cert_busy');
  };
  const counts = await rotateCertificates(own.database, {
    expiryBufferSeconds: 14 * 86_400,
    atATimeMax: 1,
    clock: { ...systemClock, sleep },
    signal: new AbortController().signal,
  });
  expect(Math.max(...atATime)).toBe(1);
  const asked = await own.database.query<{ id: string }>(
    `select given.inputs::jsonb -> 'positionalArgs' -> 0 ->> 'amphoraId' as id
     from dbos.workflow_status flow join dbos.workflow_input given using (workflow_uuid)
     where flow.name = $1 order by flow.created_at, flow.workflow_uuid`,
    [FLOW],
  );
  const ids = asked.rows.map((row) => row.id);
  expect(ids.filter((id) => [tomorrow, nextWeek, expired].includes(id))).toEqual([
    expired,
    tomorrow,
    nextWeek,
  ]);
  expect(new Set(ids).size).toBe(ids.length);
  expect(counts).toEqual({ enqueued: ids.length });
});
