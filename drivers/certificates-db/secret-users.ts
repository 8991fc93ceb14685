import type { Queryable } from '#core/ports/transaction.ts';
import { parseReference } from './reference.ts';

/** @returns the listeners and pools that refer to a secret, as people would name them; whatever host their reference names */
export async function findSecretUsers(db: Queryable, ref: string): Promise<readonly string[]> {
  const reference = parseReference(ref);
  if (reference === null) return [];
  const ending = `%/v1/${reference.kind}s/${reference.id}`;
  const found = await db.query<{ user: string }>(
    `select 'listener ' || id as "user" from listener
     where default_tls_container_ref like $1 or client_ca_tls_container_ref like $1
       or client_crl_container_ref like $1
       or exists (select from unnest(sni_container_refs) each where each like $1)
     union all
     select 'pool ' || id from pool
     where tls_container_ref like $1 or ca_tls_container_ref like $1 or crl_container_ref like $1
     limit 10`,
    [ending],
  );
  return found.rows.map(({ user }) => user);
}
