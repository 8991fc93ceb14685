import type pg from 'pg';

const LOOK_INTERVAL_MS = 1000;

type Query = (config: unknown, ...rest: unknown[]) => unknown;

/**
 * Cuts a connection whose server owes an answer for too long: one that is frozen or behind a broken network says
 * nothing, not even that. Whoever waits is told that the connection was terminated. `query_timeout` of `pg` would do it
 * by a timer for each statement, and what a statement answered then outlives it by far: the collector of garbage moved
 * all of it about, a fifth of the p99 of long lists (bench/api.ts).
 * @param answerMs milliseconds; a `query_timeout` of a statement's own is in place of it
 */
export function watchAnswers(client: pg.PoolClient, answerMs: number): void {
  let overdueAtMs = Number.POSITIVE_INFINITY;
  const query = client.query.bind(client) as Query;
  const watched: Query = (config, ...rest) => {
    overdueAtMs = performance.now() + (ownPatienceOf(config) ?? answerMs);
    return query(config, ...rest);
  };
  client.query = watched as typeof client.query;
  client.on('drain', () => {
    overdueAtMs = Number.POSITIVE_INFINITY;
  });
  const looks = setInterval(() => {
    if (performance.now() > overdueAtMs) void (client as unknown as pg.Client).end();
  }, LOOK_INTERVAL_MS);
  looks.unref();
  client.on('end', () => clearInterval(looks));
}

function ownPatienceOf(config: unknown): number | undefined {
  const own =
    typeof config === 'object' && config !== null && 'query_timeout' in config
      ? config.query_timeout
      : undefined;
  return typeof own === 'number' ? own : undefined;
}
