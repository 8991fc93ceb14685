import type { Queryable } from '../ports/transaction.ts';

/** For /readyz: null while the database answers, else what is wrong. */
export const databaseCheck = (database: Queryable) => ({
  name: 'database',
  async check(): Promise<string | null> {
    await database.query('select 1');
    return null;
  },
});
