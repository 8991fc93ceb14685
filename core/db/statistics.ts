import type { ListenerStatistics } from '../domain/statistics.ts';
import type { Queryable } from '../ports/transaction.ts';

/**
 * What listeners carried, summed over all amphorae that ever served them. Connections open now count only on amphorae
 * in service, or from providers without amphorae, which report under the listener's own id.
 */
export async function findStatistics(
  db: Queryable,
  listenerIds: readonly string[],
): Promise<ListenerStatistics> {
  const summed = await db.query<ListenerStatistics>(
    `select coalesce(sum(s.bytes_in), 0)::bigint as "bytesIn",
            coalesce(sum(s.bytes_out), 0)::bigint as "bytesOut",
            coalesce(sum(s.active_connections) filter (
              where s.amphora_id = s.listener_id or a.status = 'ALLOCATED'), 0)::bigint as "activeConnections",
            coalesce(sum(s.total_connections), 0)::bigint as "totalConnections",
            coalesce(sum(s.request_errors), 0)::bigint as "requestErrors"
     from listener_statistics s left join amphora a on a.id = s.amphora_id
     where s.listener_id = any($1::uuid[])`,
    [listenerIds],
  );
  const [sums] = summed.rows;
  if (sums === undefined) throw new Error('an aggregate answered no row');
  return sums;
}

/** One row of an amphora's statistics: a listener that it serves or served. */
export interface AmphoraStatistics extends ListenerStatistics {
  readonly listenerId: string;
  readonly amphoraId: string;
}

export async function findAmphoraStatistics(
  db: Queryable,
  amphoraId: string,
): Promise<readonly AmphoraStatistics[]> {
  const found = await db.query<AmphoraStatistics>(
    `select listener_id as "listenerId", amphora_id as "amphoraId", bytes_in as "bytesIn", bytes_out as "bytesOut",
            active_connections as "activeConnections", total_connections as "totalConnections",
            request_errors as "requestErrors"
     from listener_statistics where amphora_id = $1 order by listener_id`,
    [amphoraId],
  );
  return found.rows;
}
