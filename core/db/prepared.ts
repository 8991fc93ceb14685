import type pg from 'pg';

/**
 * Each takes memory of every connection's server process, so nothing that users can shape may be among them; past the
 * bound statements run as they are.
 */
const STATEMENTS_MAX = 1000;
const names = new Map<string, string>();

/**
 * Has a statement stay prepared on each connection that has run it: PostgreSQL parses and plans it once, which is most
 * of the work of finding one row. Only for texts that the code alone determines.
 * @returns the text, to be run with values as any other
 */
export function prepared(text: string): string {
  if (!names.has(text) && names.size < STATEMENTS_MAX) names.set(text, `octavia_${names.size}`);
  return text;
}

/** @returns the name under which a text stays prepared; undefined when it does not */
export function preparedName(text: string): string | undefined {
  return names.get(text);
}

type Query = (config: unknown, ...rest: unknown[]) => unknown;

/** Has a new connection run under their names what was said to stay prepared. */
export function usePrepared(client: pg.PoolClient): void {
  const query = client.query.bind(client) as Query;
  const named: Query = (text, ...rest) => {
    const name = typeof text === 'string' && Array.isArray(rest[0]) ? names.get(text) : undefined;
    return query(name === undefined ? text : { name, text }, ...rest);
  };
  client.query = named as typeof client.query;
}
