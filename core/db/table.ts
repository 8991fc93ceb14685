import type { Queryable, Transaction } from '../ports/transaction.ts';
import { prepared } from './prepared.ts';

/** A column of a noun's table: its name there, and how its value crosses. */
export interface Column {
  readonly name: string;
  /** SQL cast for parameters, needed where PostgreSQL cannot infer the type (`jsonb`, arrays). */
  readonly cast?: string;
  readonly toSql?: (value: unknown) => unknown;
}

// Whole seconds: that is what the API shows and compares.
const TOUCHED = `updated_at = date_trunc('second', clock_timestamp())`;

type Columns<Noun> = { readonly [Field in keyof Noun]-?: Column };

/** Reads and writes one noun's rows. Field names are the domain's, column names the table's. */
export interface Table<Noun extends object> {
  readonly name: string;
  readonly columns: Columns<Noun>;
  /** `"t"."id" as "id", …` for a select that answers domain objects. */
  select(alias: string): string;
  insert(tx: Transaction, noun: Noun): Promise<void>;
  /** Writes the given fields and `updated_at`. @returns whether the row exists */
  update(tx: Transaction, id: string, changes: Partial<Noun>): Promise<boolean>;
  delete(tx: Transaction, id: string): Promise<boolean>;
  find(db: Queryable, id: string): Promise<Noun | null>;
  /**
   * The same, with the row held until the transaction ends. `update`: nobody else changes it or begins to refer to it;
   * `key share`: nobody deletes it.
   */
  hold(tx: Transaction, id: string, strength: 'update' | 'key share'): Promise<Noun | null>;
  findBy(db: Queryable, field: keyof Noun & string, value: unknown): Promise<Noun[]>;
}

export const json = (name: string): Column => ({
  name,
  cast: 'jsonb',
  toSql: (value) => (value === null ? null : JSON.stringify(value)),
});
export const column = (name: string, cast?: string): Column => (cast ? { name, cast } : { name });

/** @param key the field that is the primary key: `id` for all but what is known by its name */
export function table<Noun extends object>(
  name: string,
  columns: Columns<Noun>,
  key: keyof Noun & string = 'id' as keyof Noun & string,
): Table<Noun> {
  const id = columns[key].name;
  const order = 'createdAt' in columns ? `t.created_at, t.${id}` : `t.${id}`;
  const fields = Object.keys(columns) as (keyof Noun & string)[];
  const bind = (field: keyof Noun & string, value: unknown): unknown => {
    const { toSql } = columns[field];
    return toSql ? toSql(value) : value;
  };
  const placeholder = (field: keyof Noun & string, position: number): string => {
    const { cast } = columns[field];
    return cast ? `$${position}::${cast}` : `$${position}`;
  };
  const select = (alias: string): string =>
    fields.map((field) => `${alias}.${columns[field].name} as "${field}"`).join(', ');

  const one = prepared(`select ${select('t')} from ${name} t where t.${id} = $1`);
  const removal = prepared(`delete from ${name} where ${id} = $1`);
  const names = fields.map((field) => columns[field].name).join(', ');
  const places = fields.map((field, index) => placeholder(field, index + 1)).join(', ');
  const insertion = prepared(`insert into ${name} (${names}) values (${places})`);

  return {
    name,
    columns,
    select,
    async insert(tx, noun) {
      await tx.query(
        insertion,
        fields.map((field) => bind(field, noun[field])),
      );
    },
    async update(tx, value, changes) {
      const changed = fields.filter((field) => field in changes);
      if (changed.length === 0)
        return (await tx.query(`select from ${name} where ${id} = $1`, [value])).rowCount === 1;
      const sets = changed.map(
        (field, index) => `${columns[field].name} = ${placeholder(field, index + 2)}`,
      );
      if ('updatedAt' in columns && !('updatedAt' in changes)) sets.push(TOUCHED);
      const values = changed.map((field) => bind(field, changes[field]));
      const text = `update ${name} set ${sets.join(', ')} where ${id} = $1`;
      // One field is a status, mostly; which several there are is up to users.
      const updated = await tx.query(changed.length === 1 ? prepared(text) : text, [
        value,
        ...values,
      ]);
      return updated.rowCount === 1;
    },
    async delete(tx, value) {
      return (await tx.query(removal, [value])).rowCount === 1;
    },
    async find(db, value) {
      return (await db.query<Noun>(one, [value])).rows[0] ?? null;
    },
    async hold(tx, value, strength) {
      return (await tx.query<Noun>(prepared(`${one} for ${strength}`), [value])).rows[0] ?? null;
    },
    async findBy(db, field, value) {
      const found = await db.query<Noun>(
        prepared(
          `select ${select('t')} from ${name} t where t.${columns[field].name} = $1 order by ${order}`,
        ),
        [value],
      );
      return found.rows;
    },
  };
}
