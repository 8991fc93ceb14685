import pg from 'pg';
import type { Statement } from './statement.ts';

// Loaded into the API before itself: tells the bench of every statement that it runs.

type Query = (this: pg.Client, config: unknown, values?: unknown, ...rest: unknown[]) => unknown;

const query = Reflect.get(pg.Client.prototype, 'query') as Query;
const recorded: Query = function (config, values, ...rest) {
  const statement: Statement =
    typeof config === 'string'
      ? { text: config, values: Array.isArray(values) ? values : [] }
      : (({ text, values: own, name }) => ({
          text,
          values: own ?? (Array.isArray(values) ? values : []),
          ...(name === undefined ? {} : { name }),
        }))(config as pg.QueryConfig);
  process.send?.(statement);
  return query.call(this, config, values, ...rest);
};
pg.Client.prototype.query = recorded as never;
