/** Runs SQL. Values are bound, never spliced into the text. */
export interface Queryable {
  query<Row extends object>(
    text: string,
    values?: readonly unknown[],
  ): Promise<{ readonly rows: Row[]; readonly rowCount: number | null }>;
}

declare const inTransaction: unique symbol;

/** A connection on which BEGIN has run. Holding one is the only way to write; `core/db/transaction.ts` hands them out. */
export interface Transaction extends Queryable {
  readonly [inTransaction]: true;
}
