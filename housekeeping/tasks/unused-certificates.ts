import type { Database } from '#core/db/pool.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { Counts } from '../task-record.ts';

/** Time for a tenant to use what was just stored. */
const AGE_DAYS = 30;
const NAMED_MAX = 20;

// A reference ends with the secret's id.
const UNUSED = `
  with used as (
    select right(rtrim(ref, '/'), 36) as id from (
      select unnest(sni_container_refs || array[default_tls_container_ref, client_ca_tls_container_ref,
        client_crl_container_ref]) from listener
      union all
      select unnest(array[tls_container_ref, ca_tls_container_ref, crl_container_ref]) from pool) known (ref))
  select id, project_id, count(*) over ()::int as total from tenant_secret secret
  where created_at < now() - make_interval(days => ${AGE_DAYS})
    and not exists (select from used where used.id = secret.id::text)
  order by created_at limit ${NAMED_MAX}`;

interface Unused {
  readonly id: string;
  readonly project_id: string;
  readonly total: number;
}

/**
 * Counts tenants' certificates and lists that no listener and no pool has named for long, and names the oldest. It
 * removes none: they are their project's, which may have plans for them.
 */
export async function countUnusedCertificates(database: Database, logger: Logger): Promise<Counts> {
  const { rows } = await database.query<Unused>(UNUSED);
  for (const { id, project_id } of rows)
    logger.info({ secret_id: id, project_id }, 'stored for a tenant, and used by no load balancer');
  return { unused: rows[0]?.total ?? 0 };
}
