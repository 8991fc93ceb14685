import type { Database } from '#core/db/pool.ts';
import { transaction } from '#core/db/transaction.ts';
import type { NoopStore } from '#drivers/noop/store.ts';
import type { NoopCloud } from './noop-world.ts';

/** A noop cloud that outlives the processes that use it, as real ones do. */
export async function tableCloud(database: Database): Promise<NoopCloud> {
  await transaction(database, async (tx) => {
    await tx.query('select pg_advisory_xact_lock(4711)');
    await tx.query(
      'create table if not exists noop_cloud (kind text, key text, value jsonb, primary key (kind, key))',
    );
  });
  return {
    machines: tableStore(database, 'machine'),
    ports: tableStore(database, 'port'),
    vipPorts: tableStore(database, 'vip-port'),
    serverGroups: tableStore(database, 'server-group'),
    volumes: tableStore(database, 'volume'),
  };
}

function tableStore<Value>(database: Database, kind: string): NoopStore<Value> {
  return {
    async get(key) {
      const found = await database.query<{ value: Value }>(
        'select value from noop_cloud where kind = $1 and key = $2',
        [kind, key],
      );
      return found.rows[0]?.value ?? null;
    },
    async put(key, value) {
      await database.query(
        `insert into noop_cloud values ($1, $2, $3::jsonb)
         on conflict (kind, key) do update set value = excluded.value`,
        [kind, key, JSON.stringify(value)],
      );
    },
    async delete(key) {
      await database.query('delete from noop_cloud where kind = $1 and key = $2', [kind, key]);
    },
    async all() {
      const found = await database.query<{ value: Value }>(
        'select value from noop_cloud where kind = $1 order by key',
        [kind],
      );
      return found.rows.map((row) => row.value);
    },
  };
}
