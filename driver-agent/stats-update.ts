import type { Database } from '#core/db/pool.ts';
import { transaction } from '#core/db/transaction.ts';
import type { Logger } from '#core/ports/logger.ts';
import { isCount, isObject, uuidOf } from './given.ts';

export interface StatsUpdateDeps {
  readonly database: Database;
  readonly logger: Logger;
}

export type StatsAnswer =
  | { readonly status_code: 200 }
  | {
      readonly status_code: 500;
      readonly fault_string: string;
      readonly stats_object: 'listeners';
      readonly stats_object_id?: string;
    };

const COUNTERS = [
  'active_connections',
  'bytes_in',
  'bytes_out',
  'request_errors',
  'total_connections',
] as const;
type Counters = Readonly<Record<(typeof COUNTERS)[number], number>>;
type Parsed =
  | { readonly kind: 'statistics'; readonly byListener: ReadonlyMap<string, Counters> }
  | { readonly kind: 'refused'; readonly answer: StatsAnswer };

/**
 * Stores the totals that a provider reports for its listeners, all or none. A provider has no amphorae; its rows carry
 * the listener's id in their place. Listeners that do not exist are passed over.
 */
export async function updateStatistics(
  { database, logger }: StatsUpdateDeps,
  update: unknown,
): Promise<StatsAnswer> {
  const parsed = parse(update);
  if (parsed.kind === 'refused') return parsed.answer;
  const { byListener } = parsed;
  if (byListener.size === 0) return { status_code: 200 };
  const written = await store(database, byListener).catch((error: unknown) => {
    logger.error({ error }, 'could not write statistics');
    return null;
  });
  if (written === null)
    return refusal('the statistics could not be written; see the log of the driver agent');
  for (const id of byListener.keys())
    if (!written.has(id))
      logger.warn({ listener_id: id }, 'a provider reports statistics of an unknown listener');
  return { status_code: 200 };
}

function parse(update: unknown): Parsed {
  if (!isObject(update)) return refused('statistics are an object with a list "listeners"');
  const given = update['listeners'] ?? [];
  if (!Array.isArray(given)) return refused('listeners must be a list');
  const byListener = new Map<string, Counters>();
  for (const record of given) {
    if (!isObject(record)) return refused('each record must be an object with an id');
    const id = uuidOf(record['id']);
    if (id === null) return refused('each record must have an id, which is a UUID');
    const bad = COUNTERS.find((name) => !isCount(record[name]));
    if (bad !== undefined)
      return refused(
        `${bad} is ${JSON.stringify(record[bad])}; it must be a whole number of at least 0`,
        id,
      );
    byListener.set(id, record as unknown as Counters);
  }
  return { kind: 'statistics', byListener };
}

/** @returns the listeners that exist */
async function store(
  database: Database,
  byListener: ReadonlyMap<string, Counters>,
): Promise<ReadonlySet<string>> {
  const counters = [...byListener.values()];
  const stored = await transaction(database, (tx) =>
    tx.query<{ id: string }>(
      `insert into listener_statistics as s (listener_id, amphora_id, ${COUNTERS.join(', ')})
       select given.id, given.id, ${COUNTERS.map((name) => `given.${name}`).join(', ')}
       from unnest($1::uuid[], ${COUNTERS.map((_, index) => `$${index + 2}::bigint[]`).join(', ')})
         as given (id, ${COUNTERS.join(', ')})
       join listener on listener.id = given.id
       order by given.id
       on conflict (listener_id, amphora_id) do update
         set ${COUNTERS.map((name) => `${name} = excluded.${name}`).join(', ')}
       returning s.listener_id as id`,
      [[...byListener.keys()], ...COUNTERS.map((name) => counters.map((own) => own[name]))],
    ),
  );
  return new Set(stored.rows.map((row) => row.id));
}

function refused(fault: string, id?: string): Parsed {
  return { kind: 'refused', answer: refusal(fault, id) };
}

function refusal(fault: string, id?: string): StatsAnswer {
  return {
    status_code: 500,
    fault_string: fault,
    stats_object: 'listeners',
    ...(id === undefined ? {} : { stats_object_id: id }),
  };
}
