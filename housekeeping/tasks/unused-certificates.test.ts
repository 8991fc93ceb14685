import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { transaction } from '#core/db/transaction.ts';
import { createTestDatabase, type TestDatabase } from '../../tests/testing/servers.ts';
import { silentLogger } from '../../worker/testing/noop-world.ts';
import { insertFamily, newFamily } from '../../worker/testing/rows.ts';
import { countUnusedCertificates } from './unused-certificates.ts';

let own: TestDatabase;
beforeAll(async () => {
  own = await createTestDatabase();
});
afterAll(() => own.close());

const ref = (id: string): string => `https://certificates.invalid/v1/containers/${id}`;

async function stored(ageDays: number): Promise<string> {
  const id = randomUUID();
  await own.database.query(
    `insert into tenant_secret (id, project_id, kind, name, sealed, created_at)
     values ($1, 'p', 'secret', 'n', '', now() - make_interval(days => $2))`,
    [id, ageDays],
  );
  return id;
}

test('old certificates that no listener and no pool names are counted and named, and stay', async () => {
  const [served, listed, trusted, young, unused] = [
    await stored(60),
    await stored(60),
    await stored(60),
    await stored(1),
    await stored(60),
  ];
  const family = newFamily();
  await transaction(own.database, (tx) => insertFamily(tx, family, 'ACTIVE'));
  await own.database.query(
    'update listener set sni_container_refs = array[$1], client_crl_container_ref = $2',
    [ref(served), ref(listed)],
  );
  await own.database.query('update pool set ca_tls_container_ref = $1', [`${ref(trusted)}/`]);
  const named: unknown[] = [];
  const logger = {
    ...silentLogger,
    info: (fields: object) => named.push(fields),
  };
  expect(await countUnusedCertificates(own.database, logger)).toEqual({ unused: 1 });
  expect(named).toEqual([{ secret_id: unused, project_id: 'p' }]);
  const left = await own.database.query('select id from tenant_secret');
  expect(left.rows.map(({ id }) => id)).toContain(young);
  expect(left.rowCount).toBe(5);
});
