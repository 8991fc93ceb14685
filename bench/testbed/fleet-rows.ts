import type { Client } from 'pg';
import { IdKind, idInSql, MEMBERS } from './fleet-ids.ts';

const [AMPHORA, LOAD_BALANCER, LISTENER, POOL] = [
  IdKind.Amphora,
  IdKind.LoadBalancer,
  IdKind.Listener,
  IdKind.Pool,
].map(idInSql);

/**
 * A fleet as the API and the worker would have left it: each load balancer ACTIVE and ONLINE with one listener, one pool
 * of three members and one amphora that is ALLOCATED.
 * @param client without a pool: the session skips the checks of foreign keys, which hold by construction
 */
export async function insertFleet(client: Client, size: number): Promise<void> {
  await client.query(`set session_replication_role = replica; set work_mem = '256MB'`);
  const indexes = await dropIndexes(client);
  for (const statement of [...statements(size), ...indexes]) await client.query(statement);
  await client.query('set session_replication_role = default');
  // Else autovacuum does it while costs are measured: in life the rows were not all written just now.
  await client.query('vacuum (freeze, analyze)');
}

/** To build an index once costs a fraction of keeping it up row by row. @returns what makes them again */
async function dropIndexes(client: Client): Promise<readonly string[]> {
  const found = await client.query<{ name: string; definition: string }>(
    `select indexname as name, indexdef as definition from pg_indexes i
     where tablename in ('load_balancer', 'pool', 'listener', 'member', 'amphora')
       and not exists (select from pg_constraint c where c.conname = i.indexname)`,
  );
  for (const { name } of found.rows) await client.query(`drop index ${name}`);
  return found.rows.map(({ definition }) => definition);
}

function statements(size: number): readonly string[] {
  // In the order of the ids: a million rows in any other order touch every page of every index over and over.
  const from = `from (select n from generate_series(0, ${size - 1}) as s (n) order by md5(n::text)) as o`;
  const usual = `'bench', true, 'ACTIVE', 'ONLINE'`;
  return [
    `insert into load_balancer (id, project_id, is_enabled, provisioning_status, operating_status, topology)
     select ${LOAD_BALANCER}, ${usual}, 'SINGLE' ${from}`,
    `insert into pool (id, project_id, is_enabled, provisioning_status, operating_status, load_balancer_id, protocol, lb_algorithm)
     select ${POOL}, ${usual}, ${LOAD_BALANCER}, 'HTTP', 'ROUND_ROBIN' ${from}`,
    `insert into listener (id, project_id, is_enabled, provisioning_status, operating_status, load_balancer_id, protocol,
       protocol_port, connection_limit, default_pool_id, timeout_client_data_ms, timeout_member_connect_ms,
       timeout_member_data_ms, timeout_tcp_inspect_ms)
     select ${LISTENER}, ${usual}, ${LOAD_BALANCER}, 'HTTP', 80, -1, ${POOL}, 50000, 5000, 50000, 0 ${from}`,
    ...MEMBERS.map(
      (kind) =>
        `insert into member (id, project_id, is_enabled, provisioning_status, operating_status, pool_id, address, protocol_port)
         select ${idInSql(kind)}, ${usual}, ${POOL}, '10.0.0.${kind}', 80 ${from}`,
    ),
    `insert into amphora (id, load_balancer_id, status, role, compute_id)
     select ${AMPHORA}, ${LOAD_BALANCER}, 'ALLOCATED', 'STANDALONE', md5('compute' || n) ${from}`,
  ];
}
